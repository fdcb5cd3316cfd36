"""Orders that two channels could both claim: last touch gives them to one, each channel's own report to both."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="overlap-channels",
    part=Part.CONSISTENCY,
    severity="informs",
    question="Do few orders have touches of more than one channel?",
    threshold=0.2,
    reason="up to one in five is what two channels to the same customers make; above, figures of the channels do not add up",
    kpis=("attributed_revenue", "roas", "roi"),
    remedy="Compare the models: what each channel would claim, and the overlap.",
    tested="SELECT DISTINCT order_key AS key, 'order' AS kind FROM credit WHERE model = 'linear' AND message_key IS NOT NULL",
    offending="""SELECT 'order' AS kind, c.order_key AS key, CAST(sum(c.credit_minor) AS BIGINT) AS amount_minor,
            'touches of ' || string_agg(DISTINCT l.channel, ', ' ORDER BY l.channel) AS why
        FROM credit AS c JOIN label_campaign AS l ON c.label_key = l.label_key
        WHERE c.model = 'linear' AND c.message_key IS NOT NULL GROUP BY c.order_key HAVING count(DISTINCT l.channel) > 1""",
    effect=no_money(
        "counted-once", "under any rule each order is credited once; only who gets it is open", "Compare the models."
    ),
)
