"""What people thought of it, asked. Judges service and brand campaigns in place of ROI."""

from earnest.kpis.benchmarks import ComparableDefinition
from earnest.kpis.kpi import Kpi

_ONCE = "All questions of this kind count together. Whoever answers the same asking twice, on the page or in chat, counts once, with the latest answer."

KPIS = (
    Kpi(
        id="csat",
        name="CSAT",
        question="What share of those who answered was satisfied?",
        numerator="answers 4 and 5 of 5",
        denominator="survey answers",
        unit="share",
        direction="higher",
        measures=("satisfied", "answers"),
        minimum_n=30,
        needs=("survey_answer",),
        example="84 answers of 4 or 5 among 100 → 84.0 %",
        caveats=f"Some suites count a 3 as satisfied too; those figures are never compared with this one. {_ONCE}",
        comparable=ComparableDefinition("answers_4_to_5_of_5", "answers"),
    ),
    Kpi(
        id="nps",
        name="NPS",
        question="How many more recommend us than advise against us?",
        numerator="answers 9 and 10 less answers 0 to 6",
        denominator="answers from 0 to 10",
        unit="points",
        direction="higher",
        measures=("nps_net", "nps_answers"),
        spread_by="nps_poles",
        minimum_n=30,
        needs=("survey_answer",),
        example="50 promoters and 20 detractors among 100 → +30",
        caveats=f"From −100 to +100. Scales of five stars give another figure. {_ONCE}",
        source="Reichheld, HBR 2003-12; interval: Rocks, The American Statistician 70 (2016)",
        synonyms=("net_promoter_score",),
    ),
    Kpi(
        id="survey_response_rate",
        name="Survey response rate",
        question="What share of those invited to a survey answered?",
        numerator="people who answered with their code",
        denominator="people invited",
        unit="share",
        direction="higher",
        measures=("responded", "invited"),
        minimum_n=100,
        needs=("survey_answer",),
        example="180 of 1,000 invited sent the form → 18.0 %",
        caveats="Invited are those who got a code, whether or not it reached them. Answers in chat and from files have no code.",
    ),
    Kpi(
        id="survey_attributed_share",
        name="Share naming our messages",
        question="What share of those asked says that our messages brought them?",
        numerator="people that answers naming the campaign's channels stand for",
        denominator="people that all answers stand for",
        unit="share",
        direction="context",
        measures=("named_weight", "heard_weight"),
        spread_by="heard_weight_squares",
        minimum_n=30,
        needs=("survey_answer",),
        example="80 of 200 invited answer, 20 name a message; 10 of 300, 5 name one → (200 × 25 % + 300 × 50 %) / 500 → 40.0 %",
        caveats=(
            "What people remember, not what moved them: no order is credited by it. An answer stands for as many invited as its round"
            " has for each answer; `earnest survey answers` shows how far those who kept silent could move it."
        ),
        source="post-stratification by round; interval: Wilson with Kish's effective number",
        synonyms=("self_reported_attribution",),
    ),
)
