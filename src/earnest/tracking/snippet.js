/* Earnest landing snippet: see docs/snippet.md. Without consent nothing is stored. */
(function (w, d, n, l) {
  var s = d.currentScript || d.querySelector('script[data-source]')
  if (!s || !s.dataset.source || (w.earnest && w.earnest.on)) return
  var set = s.dataset
  var to = s.src.replace(/t\.js([?#].*)?$/, 't/') + encodeURIComponent(set.source)
  var refuses = n.globalPrivacyControl || n.doNotTrack === '1'
  var waiting = (w.earnest && w.earnest.q) || []
  var V = '_earnest', S = '_earnest_s', DAYS = 390 * 86400, IDLE = 1800
  var open, shown, granted, visitor, session, seen

  function random() {
    var t = '', i, b = w.crypto.getRandomValues(new Uint8Array(16))
    for (i = 0; i < 16; i++) t += (b[i] + 256).toString(16).slice(1)
    return t
  }
  function read(name) {
    try { return (d.cookie.match('(?:^|; )' + name + '=([0-9a-f]{32})(?:;|$)') || [])[1] } catch (e) {}
  }
  function keep(name, value, age) {
    try {
      d.cookie = name + '=' + value + ';path=/;max-age=' + age + ';samesite=lax' + (l.protocol === 'https:' ? ';secure' : '')
    } catch (e) {}
  }
  function stamp() {
    var now = Date.now()
    if (session && now - seen > IDLE * 1000) session = 0
    seen = now
    if (!granted) return (session = session || random())
    session = read(S) || session || random()
    keep(S, session, IDLE)
    visitor = read(V) || visitor
    if (!visitor) keep(V, (visitor = random()), DAYS)
  }
  function send(event, key, value) {
    stamp()
    var q = new URLSearchParams(l.search), utm = {}, body
    ;['source', 'medium', 'campaign'].forEach(function (k) {
      if (q.get('utm_' + k)) utm[k] = q.get('utm_' + k)
    })
    body = { v: 1, event: event, id: random(), session: session, page: l.host + l.pathname, utm: utm }
    if (granted) body.visitor = visitor
    if (q.get(set.click || 'eid')) body.click = q.get(set.click || 'eid')
    if (key) body[key] = value
    body = JSON.stringify(body)
    if (w.fetch) w.fetch(to, { method: 'POST', body: body, keepalive: true, credentials: 'omit' }).catch(function () {})
    else if (n.sendBeacon) n.sendBeacon(to, body)
  }
  var calls = {
    page: function () { shown = 1; send('page') },
    order: function (o) { if (o && o.id) send('order', 'order', o) },
    identify: function (p) { if (granted && p) send('identify', 'person', p) },
    consent: function (yes) {
      if (!yes) {
        keep(V, '', 0); keep(S, '', 0)
        visitor = 0
        if (granted) session = 0
      }
      if (granted === !!yes) return
      granted = !!yes
      if (granted && shown) calls.page()
    }
  }
  function call(a) { if (calls[a[0]]) calls[a[0]](a[1]) }
  function begin() {
    open = 1
    granted = !refuses && (set.consent === 'granted' || !!read(V))
    waiting.forEach(function (a) { if (a[0] === 'consent') call(a) })
    calls.page()
    waiting.forEach(function (a) { if (a[0] !== 'consent') call(a) })
  }
  w.earnest = function () { open ? call(arguments) : waiting.push(arguments) }
  w.earnest.on = 1
  if (d.prerendering) d.addEventListener('prerenderingchange', begin, { once: true })
  else begin()
})(window, document, navigator, location)
