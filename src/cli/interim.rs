//! `trialliance interim`: trials with interim looks.

use super::files::Files;
use super::numbers::{count, finite, share};
use super::question::{Answered, Asked, Common, hypothesis_words, require_words};
use super::shell::quoted;
use crate::decision::sequential::{Rule, Sides, Spending};
use crate::error::{Error, ErrorKind, Result};
use crate::planning::{
    ChangeRequest, FutilityRequest, Gate, InterimRequest, Resize, ResizeRequest, interim, not_met, select,
    usual_looks,
};
use crate::report::Answer;
use crate::scenario::Procedure;
use clap::{Args, ValueEnum};

/// Replicates unless the words say otherwise.
const REPLICATES: u64 = 20_000;

/// The power unless the words say otherwise.
const POWER: f64 = 0.8;

/// The conditional power below which nothing is changed, unless the words say otherwise.
const PROMISING: f64 = 0.3;

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance interim fuentes-2014-realistic-noise --at 0.5\n  \
    trialliance interim sceptical --n 240 --at 0.5,0.75 --boundaries pocock --futility 0\n  \
    trialliance interim sceptical --n 240 --estimand alliance --estimand interaction --multiplicity holm\n  \
    trialliance interim sceptical --n 160 --estimand alliance --resize unblinded --most 320\n  \
    trialliance interim sceptical --n 240 --estimand alliance --drop ifc --reallocate --figure looks.svg")]
pub(super) struct Arguments {
    /// The name of an embedded scenario, a file, or - for standard input
    scenario: String,
    #[command(flatten)]
    common: Common,
    /// When the interim looks are, as shares of the patients; the last look, 1, need not be said [default: 0.5, or as soon
    /// as every arm has two patients]
    #[arg(long, value_name = "SHARES", value_delimiter = ',', allow_negative_numbers = true, value_parser = share)]
    at: Vec<f64>,
    /// How the critical values are chosen: obrien-fleming, pocock, hwang-shih-decani:GAMMA, kim-demets:RHO (spending),
    /// wang-tsiatis:DELTA (0 is O'Brien and Fleming's, 0.5 Pocock's own), haybittle-peto:Z
    #[arg(long, value_name = "RULE", default_value = "obrien-fleming")]
    boundaries: String,
    /// When the trial stops for futility: at these Z or less (one for all interim looks, or one for each), or by spending
    /// the type II error, as in hwang-shih-decani:-2
    #[arg(long, value_name = "Z OR SPENDING", allow_hyphen_values = true)]
    futility: Option<String>,
    /// The trial must stop there: the critical values count on it
    #[arg(long)]
    binding: bool,
    /// Claims of a benefit at half of alpha, or of a difference in either direction at alpha [default: two; one where the
    /// trial stops for futility]
    #[arg(long, value_enum)]
    sides: Option<SidesWord>,
    /// The power for futility by spending, and that is aimed at where the size is chosen anew [default: 0.8]
    #[arg(long, value_name = "PROBABILITY", value_parser = share, allow_negative_numbers = true)]
    power: Option<f64>,
    /// Patients in all as planned, keeping the ratio of the arms
    #[arg(long, value_name = "TOTAL", value_parser = count, allow_negative_numbers = true)]
    n: Option<u64>,
    /// Which hypotheses, as [analysis/][outcome/]estimand (can be repeated) [default: the first primary one; all of them where the scenario
    /// judges them together]
    #[arg(long, value_name = "HYPOTHESIS")]
    estimand: Vec<String>,
    /// Of which analysis, by its id [default: that of the first primary hypothesis]
    #[arg(long, value_name = "ID")]
    analysis: Option<String>,
    /// How several hypotheses share the level [default: as the scenario says, else each at alpha]
    #[arg(long, value_enum, value_name = "PROCEDURE")]
    multiplicity: Option<Procedure>,
    /// Choose the number of patients anew at the last interim look
    #[arg(long, value_enum, value_name = "HOW", conflicts_with = "drop", requires = "most")]
    resize: Option<Resize>,
    /// The most patients that may be chosen
    #[arg(long, value_name = "TOTAL", value_parser = count, requires = "resize", allow_negative_numbers = true)]
    most: Option<u64>,
    /// With --resize unblinded: below this conditional power nothing is changed [default: 0.3]
    #[arg(long, value_name = "PROBABILITY", value_parser = share, requires = "resize", allow_negative_numbers = true)]
    promising: Option<f64>,
    /// Give up this factor's second level where nothing is to be hoped of it
    #[arg(long, value_name = "FACTOR")]
    drop: Option<String>,
    /// At or below this Z of the factor's main effect [default: 0]
    #[arg(long, value_name = "Z", allow_negative_numbers = true, requires = "drop", value_parser = finite)]
    drop_at: Option<f64>,
    /// The patients planned for its arms go to the others
    #[arg(long, requires = "drop")]
    reallocate: bool,
    /// End with exit code 7 unless the trial claims this often, as in 'alliance>=0.8' or 'all>=0.8' (can be repeated)
    #[arg(long, value_name = "GATE")]
    require: Vec<String>,
}

/// Which claims the trial can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SidesWord {
    /// Of a benefit, at half of alpha
    One,
    /// Of a difference in either direction, at alpha
    Two,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let asked = Asked {
        command: "interim",
        files: &Files::default(),
        scenario: &arguments.scenario,
        words: arguments.words(),
        n: arguments.n,
        replicates: |_, _| REPLICATES,
    };
    let rule = rule(&arguments.boundaries)?;
    let futility = arguments.futility()?;
    if let (Some(power), None, false) =
        (arguments.power, arguments.resize, matches!(futility, FutilityRequest::Spending { .. }))
    {
        return Err(Error::new(ErrorKind::Usage, "nothing here is chosen for a power")
            .about(format!("--power {power}"))
            .help("it goes with --resize, and with --futility by spending"));
    }
    arguments.common.answer(&asked, &|variants, options, progress| {
        let scenario = variants.scenario;
        let mut hypotheses = select(scenario, &arguments.estimand, arguments.analysis.as_deref())?;
        if arguments.estimand.is_empty() && (scenario.multiplicity.is_none() || arguments.analysis.is_some())
        {
            hypotheses.truncate(1);
        }
        let gates = Gate::parse_all(scenario, &arguments.require)?;
        gates.iter().try_for_each(|gate| gate.check_asked(&hypotheses))?;
        let mut at = match arguments.at.as_slice() {
            [] => usual_looks(scenario)?,
            stated => stated.to_vec(),
        };
        if at.last().is_some_and(|&last| last < 1.0) {
            at.push(1.0);
        }
        let change = match (&arguments.resize, &arguments.drop) {
            (Some(how), _) => ChangeRequest::Size(ResizeRequest {
                how: *how,
                power: arguments.power(),
                most: arguments.most.unwrap_or(0),
                promising: arguments.promising.unwrap_or(PROMISING),
            }),
            (None, Some(factor)) => ChangeRequest::Drop {
                factor: factor.clone(),
                bound: arguments.drop_at.unwrap_or(0.0),
                reallocate: arguments.reallocate,
            },
            (None, None) => ChangeRequest::None,
        };
        let request = InterimRequest {
            hypotheses,
            at,
            sides: arguments.sides.map(|sides| match sides {
                SidesWord::One => Sides::One,
                SidesWord::Two => Sides::Two,
            }),
            rule,
            futility: futility.clone(),
            binding: arguments.binding,
            multiplicity: arguments.multiplicity.map(Into::into),
            change,
        };
        let interim = interim(variants, &request, options, progress)?;
        let not_met = not_met(&gates, |gate| Ok(gate.in_interim(&interim)))?;
        Ok(Answered { answer: Answer::Interim(interim), not_met })
    })
}

/// A name with perhaps a number, as in `kim-demets:3`.
fn named(text: &str) -> Option<(&str, Option<f64>)> {
    match text.split_once(':') {
        None => Some((text, None)),
        Some((name, number)) => Some((name, Some(finite(number).ok()?))),
    }
}

fn spending(text: &str) -> Option<Spending> {
    match named(text)? {
        ("obrien-fleming", None) => Some(Spending::OBrienFleming),
        ("pocock", None) => Some(Spending::Pocock),
        ("hwang-shih-decani", Some(gamma)) => Some(Spending::HwangShihDeCani { gamma }),
        ("kim-demets", Some(rho)) => Some(Spending::KimDeMets { rho }),
        _ => None,
    }
}

/// What spends an error, in words.
const SPENDINGS: &str = "obrien-fleming, pocock, hwang-shih-decani:GAMMA or kim-demets:RHO";

fn rule(text: &str) -> Result<Rule> {
    let known = match named(text) {
        Some(("wang-tsiatis", Some(delta))) => Some(Rule::WangTsiatis { delta }),
        Some(("haybittle-peto", interim)) => Some(Rule::HaybittlePeto { interim: interim.unwrap_or(3.0) }),
        _ => spending(text).map(Rule::Spending),
    };
    known.ok_or_else(|| {
        Error::new(ErrorKind::Usage, "there are no such boundaries")
            .about(format!("--boundaries {text}"))
            .help(format!("{SPENDINGS}, as in hwang-shih-decani:-4; wang-tsiatis:DELTA; haybittle-peto:3"))
    })
}

impl Arguments {
    fn power(&self) -> f64 {
        self.power.unwrap_or(POWER)
    }

    fn futility(&self) -> Result<FutilityRequest> {
        let Some(text) = &self.futility else { return Ok(FutilityRequest::None) };
        if let Some(spending) = spending(text) {
            return Ok(FutilityRequest::Spending { spending, power: self.power() });
        }
        let number = |text: &str| text.trim().parse().ok().filter(|number: &f64| !number.is_nan());
        let numbers: Option<Vec<f64>> = text.split(',').map(number).collect();
        numbers.map(FutilityRequest::At).ok_or_else(|| {
            Error::new(ErrorKind::Usage, "these are neither numbers nor a spending function")
                .about(format!("--futility {text}"))
                .help(format!("values of Z, as in 0 or 0,0.5; or {SPENDINGS}"))
        })
    }

    fn words(&self) -> Vec<String> {
        let shares: Vec<String> = self.at.iter().map(f64::to_string).collect();
        let mut words = Vec::new();
        words.extend((!shares.is_empty()).then(|| format!("--at {}", shares.join(","))));
        words.push(format!("--boundaries {}", quoted(&self.boundaries)));
        words.extend(self.futility.iter().map(|one| format!("--futility {}", quoted(one))));
        words.extend(self.binding.then(|| "--binding".to_owned()));
        words.extend(self.sides.map(|sides| format!("--sides {}", word(sides))));
        words.extend(self.power.map(|power| format!("--power {power}")));
        words.extend(hypothesis_words(&self.estimand, self.analysis.as_deref()));
        words.extend(self.multiplicity.map(|one| format!("--multiplicity {}", word(one))));
        words.extend(self.resize.map(|how| format!("--resize {}", word(how))));
        words.extend(self.most.map(|most| format!("--most {most}")));
        words.extend(self.promising.map(|one| format!("--promising {one}")));
        words.extend(self.drop.iter().map(|factor| format!("--drop {}", quoted(factor))));
        words.extend(self.drop_at.map(|bound| format!("--drop-at {bound}")));
        words.extend(self.reallocate.then(|| "--reallocate".to_owned()));
        words.extend(require_words(&self.require));
        words
    }
}

/// How a value is typed.
fn word(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}
