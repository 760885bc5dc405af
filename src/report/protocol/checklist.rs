//! What reviewers ask of the sample size of a factorial trial, and where it is answered.
//!
//! Sources: Cook and others (2018), BMJ 363:k3750 (DELTA²); Kahan and others (2023), JAMA Netw. Open 6:e2346121 (SPIRIT for
//! factorial trials); Kahan and others (2023), JAMA 330:2106 (CONSORT for factorial trials).

/// One item.
pub(super) struct Item {
    /// What is asked.
    pub item: &'static str,
    /// Who asks.
    pub from: &'static str,
    /// The paragraph that answers it.
    pub paragraph: &'static str,
    /// What the scenario must state for that.
    pub needs: Option<&'static str>,
}

const fn item(item: &'static str, from: &'static str, paragraph: &'static str) -> Item {
    Item { item, from, paragraph, needs: None }
}

const fn stated(
    item: &'static str,
    from: &'static str,
    paragraph: &'static str,
    needs: &'static str,
) -> Item {
    Item { item, from, paragraph, needs: Some(needs) }
}

/// The items.
pub(super) const ITEMS: &[Item] = &[
    stated("why a factorial design", "SPIRIT, CONSORT", "design", "rationale"),
    stated("whether an interaction is expected", "SPIRIT, CONSORT", "interaction", "expected"),
    item("which groups form each main comparison", "SPIRIT, CONSORT", "comparisons"),
    item("sample size for each main comparison", "SPIRIT, CONSORT", "comparisons"),
    item("the interaction and its precision", "SPIRIT, CONSORT", "interaction"),
    item("what an interaction does to the main effects", "SPIRIT, CONSORT", "interaction"),
    item("multiplicity", "SPIRIT, CONSORT", "multiplicity"),
    item("primary outcome and analysis", "DELTA²", "analysis"),
    item("significance level and sides", "DELTA²", "analysis"),
    item("power", "DELTA²", "power"),
    item("target difference on the outcome's scale", "DELTA²", "target"),
    stated("kind of target difference", "DELTA²", "target", "basis"),
    stated("why this difference", "DELTA²", "target", "justification"),
    item("standard deviation", "DELTA²", "target"),
    stated("where the numbers come from", "DELTA²", "target", "sources"),
    item("allocation ratio", "DELTA²", "design"),
    item("loss of patients", "DELTA²", "missing"),
    item("method, software and command", "DELTA²", "software"),
];
