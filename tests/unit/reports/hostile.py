"""Texts that try to be more than texts: markup, formulas, directions, templates, addresses. Two hundred and more of them."""

from __future__ import annotations

MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "</title><script>alert(1)</script>",
    '"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>", "</textarea><script>alert(1)</script>", "</style><script>alert(1)</script>",
    "<iframe src=javascript:alert(1)>", "<body onload=alert(1)>", "<a href=javascript:alert(1)>x</a>", "<math><mi xlink:href=data:x>",
    "<details open ontoggle=alert(1)>", "<base href=//evil.example>", "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<link rel=stylesheet href=//evil.example/x.css>", "<form action=//evil.example><button>", "<object data=//evil.example>", "<!--", "-->",
    "<![CDATA[x]]>", "]]><a:t>", "&lt;script&gt;", "&#60;script&#62;", "&amp;<&>\"'", "<bdo dir=rtl>abc</bdo>", "<p>x</p>", "<b>bold</b>",
    "<style>*{display:none}</style>", "<xml><x/></xml>", '" onmouseover="alert(1)', "' onfocus='alert(1)' autofocus='", "` onclick=alert(1) `",
    "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:msgbox(1)", "//evil.example/x", "https://evil.example/",
)  # fmt: skip
FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example","click")', '=IMPORTXML("http://evil.example","//a")', '=WEBSERVICE("http://evil.example")', '=DDE("cmd";"/C calc";"x")',
    "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "＝1+1", "＋1", "－1", "＠SUM(1)", "{=1+1}", "'=1+1", "=A1", "=1/0", "=TRUE", "%0A=1+1", "|calc", "=1e9",
)  # fmt: skip
DIRECTIONS = tuple(
    f"win{mark}back" for mark in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u200c\u200d\ufeff\u00ad\u2028\u2029"
)  # fmt: skip
CONTROLS = tuple(f"be{chr(code)}ll" for code in (0, 1, 7, 8, 9, 10, 11, 12, 13, 27, 31, 127, 128, 133, 159))
TEMPLATES = (
    "{{ 7*7 }}", "{% raw %}", "{# x #}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "%(one)s", "%s%s%s%n", "{0.__class__}", "{one!r}", "$one", "`id`", "$(id)",
    "#eval", '#import "x"', "$ x $", "*bold*", "_it_", "= Heading", "- item", "/ term: x", "@ref", "<label>", "\\u{41}", "~", "#set page()", "[x](y)",
    "![x](http://evil.example/x.png)", "# Heading", "```", "|a|b|", "---", "\\", "\\n", "../../etc/passwd", "C:\\con",
    "'; DROP TABLE x; --", '" OR 1=1', "0x1F",
)  # fmt: skip
LONG = (
    "x" * 300,
    "Ж" * 300,
    "very " * 60,
    "日本語" * 60,
    "a-b/c_d." * 30,
    "\U0001f525" * 40,
    "e\u0301" * 100,
    "שלום " * 40,
    "مرحبا " * 40,
)
OTHERS = (
    "", " ", "0", "null", "undefined", "NaN", "Infinity", "true", "-0", "1e309", "１２３", "½", "ﷺ", "Z\u0351\u036b\u0343algo",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "ﬁ", "ẞ", "İ", "ǅ", "\ufffd", "\ue000", "\ufffe", "\uffff",
)  # fmt: skip
NAMES = tuple(
    f"{left}{right}"
    for left in ("<", "=", "\u202e", "&")
    for right in ("a", "é", "Ж", "中", "0", '"', "'", "(", "{", "%")
)
ALL_TEXTS = (*MARKUP, *FORMULAS, *DIRECTIONS, *CONTROLS, *TEMPLATES, *LONG, *OTHERS, *NAMES)
