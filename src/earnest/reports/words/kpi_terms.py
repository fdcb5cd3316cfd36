"""Names of the KPIs that stories show only where somebody chose them, and of what they are divided by."""

from __future__ import annotations

from earnest.reports.words import Words


def chosen_kpis(words: Words) -> dict[str, str]:
    """KPI → name in the reader's words."""
    return {
        "acceptance_rate": words.label("kpi", "Acceptance rate"),
        "attribution_overlap": words.label("kpi", "Double-count ratio"),
        "audience_size": words.label("kpi", "People addressed"),
        "average_order_value": words.label("kpi", "Average order value"),
        "benchmark_position": words.label("kpi", "Benchmark position"),
        "block_report_rate": words.label("kpi", "Block and report rate"),
        "button_tap_rate": words.label("kpi", "Button tap rate"),
        "cac": words.label("kpi", "Acquisition cost (CAC), blended"),
        "cac_fully_loaded": words.label("kpi", "Acquisition cost (CAC), fully loaded"),
        "cart_recovery_rate": words.label("kpi", "Cart recovery rate"),
        "click_rate_sent": words.label("kpi", "Click rate of sent"),
        "click_to_conversion": words.label("kpi", "Click-to-conversion rate"),
        "click_to_open_rate": words.label("kpi", "Click-to-open rate"),
        "clv": words.label("kpi", "Customer value, first 12 months"),
        "conversation_completion": words.label("kpi", "Conversation completion"),
        "conversion_rate_per_conversation": words.label("kpi", "Conversion rate of conversations"),
        "conversion_rate_read": words.label("kpi", "Conversion rate of read"),
        "conversion_rate_sent": words.label("kpi", "Conversion rate of sent"),
        "cost_per_click": words.label("kpi", "Cost per click"),
        "cost_per_conversation": words.label("kpi", "Cost per conversation"),
        "cost_per_delivered": words.label("kpi", "Cost per delivered message"),
        "coupon_redemption_rate": words.label("kpi", "Coupon redemption rate"),
        "data_quality_score": words.label("kpi", "Data quality score"),
        "engagement_rate": words.label("kpi", "Engagement rate"),
        "incremental_cac": words.label("kpi", "Incremental acquisition cost"),
        "incrementality_factor": words.label("kpi", "Incrementality factor"),
        "list_growth": words.label("kpi", "List growth"),
        "ltv_to_cac": words.label("kpi", "LTV to CAC"),
        "mer": words.label("kpi", "Marketing efficiency ratio"),
        "messaging_cost": words.label("kpi", "Messaging cost"),
        "opt_in_rate": words.label("kpi", "Opt-in rate of visits"),
        "orders": words.label("kpi", "Orders"),
        "payback_period": words.label("kpi", "Payback period"),
        "profit_roi": words.label("kpi", "Attributed ROI on gross profit"),
        "quality_rating": words.label("kpi", "Quality rating"),
        "reactivation_cost": words.label("kpi", "Cost per customer won back"),
        "read_visibility": words.label("kpi", "Receipts seen"),
        "reply_rate_sent": words.label("kpi", "Reply rate of sent"),
        "revenue_per_click": words.label("kpi", "Revenue per click"),
        "revenue_per_conversation": words.label("kpi", "Revenue per conversation"),
        "revenue_per_message": words.label("kpi", "Revenue per message sent"),
        "spam_complaint_rate": words.label("kpi", "Spam complaint rate"),
        "stitched_contact_rate": words.label("kpi", "Contacts known to the shop"),
        "time_to_read": words.label("kpi", "Time to read"),
    }


def chosen_denominators(words: Words) -> dict[str, str]:
    """What a KPI is divided by → in the form that follows "of 1,000 …"."""
    return {
        "messages handed to the provider": words.label("denominator", "messages handed to the provider"),
        "net revenue of all orders": words.label("denominator", "net revenue of all orders"),
        "comparable figures, at least 5": words.label("denominator", "comparable figures"),
        "searches expected without the campaign": words.label("denominator", "searches expected without the campaign"),
        "customers by the day of their first order": words.label("denominator", "new customers"),
        "abandoned carts with a message": words.label("denominator", "abandoned carts with a message"),
        "messages with at least one human click": words.label("denominator", "messages clicked by a person"),
        "messages with a read receipt": words.label("denominator", "messages seen to be read"),
        "customers whose first order is at least 365 days old": words.label(
            "denominator", "customers of a year ago and more"
        ),
        "conversations begun": words.label("denominator", "conversations begun"),
        "conversations (contact × 24-hour window opened by a reply; per-message pricing, from 2025-07-01)": words.label(
            "denominator", "conversations"
        ),
        "people of the audience whom a message reached": words.label(
            "denominator", "people of the audience whom a message reached"
        ),
        "weighted checks made": words.label("denominator", "weighted checks made"),
        "conversations that got an answer": words.label("denominator", "conversations that got an answer"),
        "extra new customers": words.label("denominator", "extra new customers"),
        "attributed revenue": words.label("denominator", "attributed revenue"),
        "total cost of the days the cohort was won on, per customer won": words.label(
            "denominator", "cost per customer won"
        ),
        "total cost of all campaigns and unallocated lines": words.label("denominator", "total cost of all campaigns"),
        "visits to the site": words.label("denominator", "visits to the site"),
        "days × templates since their quality was first told": words.label(
            "denominator", "days of templates whose quality is told"
        ),
        "customers who ordered again after 180 days or more without an order": words.label(
            "denominator", "customers won back"
        ),
        "people reached": words.label("denominator", "people reached"),
        "customers whose first order is at least 90 days older than the newest order": words.label(
            "denominator", "customers of 90 days ago and more"
        ),
        "human clicks of these messages": words.label("denominator", "human clicks"),
        "different contacts with a message, whatever became of it": words.label("denominator", "people addressed"),
        "messages with both receipts": words.label("denominator", "messages with both receipts"),
    }
