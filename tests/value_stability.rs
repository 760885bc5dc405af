//! Are the drawn numbers those of every earlier release, on every platform?
//!
//! A failure here means that drawn values have changed: results of earlier releases can no longer
//! be reproduced from their seeds. That is a value change. It must be meant, and declared in
//! CHANGELOG under "Value changes"; never regenerate these numbers silently.
//!
//! On the way from seed to estimate only +, −, ×, ÷ and √ are used, which IEEE 754 defines to the
//! last bit, and for the rare draws logarithms and exponentials of the crate libm, which is the same
//! everywhere. To see the values of a declared change:
//! `cargo test --test value_stability -- --nocapture --ignored values_as_they_are`

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use support::{ENGINES, embedded, row, simulate, value};
use trialliance::engine::EngineChoice;
use trialliance::random::{ChiSquared, Lanes, Stage, StandardNormal, StreamKey};
use trialliance::result::RunResult;
use trialliance::scenario::library;

const STAGES: [Stage; 3] = [Stage::Patient, Stage::Statistics, Stage::Split];

fn lanes(stage: Stage, replicate: u64) -> Lanes {
    let keys = std::array::from_fn(|lane| StreamKey::new(1, stage, "pain", lane as u32));
    Lanes::of_keys(&keys, replicate)
}

/// The words of one lane.
fn words(stage: Stage, lane: usize) -> impl Iterator<Item = u64> {
    let mut lanes = lanes(stage, 0);
    std::iter::repeat_with(move || lanes.step()[lane])
}

// ---- where in the ziggurat a word falls, from its published definition ----

const TAIL: f64 = 3.654_152_885_361_009;

/// Right edges of 256 layers of equal area, to some 14 digits.
fn edges() -> Vec<f64> {
    let density = |x: f64| (-0.5 * x * x).exp();
    let upper_tail = (std::f64::consts::FRAC_PI_2).sqrt() * libm::erfc(TAIL / std::f64::consts::SQRT_2);
    let area = TAIL * density(TAIL) + upper_tail;
    let mut edges = vec![area / density(TAIL), TAIL];
    while edges.len() < 256 {
        let below = edges[edges.len() - 1];
        edges.push((-2.0 * (area / below + density(below)).ln()).sqrt());
    }
    edges.push(0.0);
    edges
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Inside,
    Tail,
    /// In a wedge, under the curve: the point itself is the draw.
    Wedge,
    /// In a wedge, above the curve: further words decide.
    Beyond,
}

fn place(word: u64, edges: &[f64]) -> Place {
    let layer = (word & 0xff) as usize;
    let signed = (word >> 12) as f64 / 2_f64.powi(51) - 1.0;
    let x = signed * edges[layer];
    if x.abs() < edges[layer + 1] - 1e-9 {
        Place::Inside
    } else if layer == 0 {
        Place::Tail
    } else if (StandardNormal::new().sample(word) - x).abs() < 1e-9 {
        Place::Wedge
    } else {
        Place::Beyond
    }
}

fn first_word_in(wanted: Place) -> u64 {
    let edges = edges();
    words(Stage::Patient, 0).find(|&word| place(word, &edges) == wanted).unwrap()
}

/// The first pair of words that the squeeze leaves undecided.
fn first_undecided_pair(df: u64) -> [u64; 2] {
    let d = df as f64 / 2.0 - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    let mut words = words(Stage::Statistics, 0);
    loop {
        let pair = [words.next().unwrap(), words.next().unwrap()];
        let squared = (c * StandardNormal::new().sample(pair[0])).powi(2);
        let uniform = ((pair[1] >> 12) as f64 + 0.5) / 2_f64.powi(52);
        if squared > 0.0625 || uniform >= 1.0 - 0.95 * d * squared * squared {
            return pair;
        }
    }
}

/// The first pair of words that is rejected, so that further words are taken.
fn first_rejected_pair(df: u64) -> [u64; 2] {
    let d = df as f64 / 2.0 - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    let mut words = words(Stage::Statistics, 0);
    loop {
        let pair = [words.next().unwrap(), words.next().unwrap()];
        let x = StandardNormal::new().sample(pair[0]);
        let cube = (1.0 + c * x).powi(3);
        let uniform = ((pair[1] >> 12) as f64 + 0.5) / 2_f64.powi(52);
        if cube <= 0.0 || uniform.ln() > 0.5 * x * x + d * (1.0 - cube + cube.ln()) {
            return pair;
        }
    }
}

// ---- what is pinned ----

fn first_words() -> Vec<[u64; 4]> {
    STAGES.iter().flat_map(|&stage| [0, 1].map(|replicate| lanes(stage, replicate).step())).collect()
}

fn first_normals() -> Vec<f64> {
    words(Stage::Patient, 0).take(8).map(|word| StandardNormal::new().sample(word)).collect()
}

fn rare_normals() -> Vec<(u64, f64)> {
    [Place::Tail, Place::Wedge, Place::Beyond]
        .map(|place| {
            let word = first_word_in(place);
            (word, StandardNormal::new().sample(word))
        })
        .to_vec()
}

const DEGREES_OF_FREEDOM: [u64; 5] = [1, 2, 3, 5, 112];

fn first_chi_squares() -> Vec<f64> {
    let first: Vec<u64> = words(Stage::Statistics, 0).take(2).collect();
    DEGREES_OF_FREEDOM.iter().map(|&df| ChiSquared::new(df).sample(first[0], first[1])).collect()
}

/// For each df above 1, a draw that takes a logarithm, then one that takes further words.
fn rare_chi_squares() -> Vec<f64> {
    let mut draws = Vec::new();
    for df in DEGREES_OF_FREEDOM.into_iter().filter(|&df| df > 1) {
        for [a, b] in [first_undecided_pair(df), first_rejected_pair(df)] {
            draws.push(ChiSquared::new(df).sample(a, b));
        }
    }
    draws
}

/// One embedded scenario on one engine: the first primary row, and a digest of the estimates of
/// all rows.
#[derive(Debug, Clone, PartialEq)]
struct Summary {
    scenario: &'static str,
    engine: &'static str,
    power: f64,
    mean_estimate: f64,
    model_se: f64,
    digest: &'static str,
}

fn engine_name(engine: EngineChoice) -> &'static str {
    if engine == EngineChoice::Patients { "patients" } else { "statistics" }
}

fn digest(result: &RunResult) -> String {
    let mut hasher = blake3::Hasher::new();
    for row in &result.results {
        for measure in [&row.mean_estimate, &row.empirical_se, &row.model_se] {
            hasher.update(&value(measure).to_bits().to_le_bytes());
        }
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

fn summaries() -> Vec<Summary> {
    let mut summaries = Vec::new();
    for found in library::all() {
        let scenario = embedded(found.name);
        // Where sufficient statistics are not exact there is one engine.
        let fits = simulate(&scenario, EngineChoice::Auto, 1, 2).engine == "statistics";
        for engine in ENGINES.into_iter().filter(|&engine| fits || engine == EngineChoice::Patients) {
            let result = simulate(&scenario, engine, 1, 1000);
            let first = &result.primary[0];
            let row = row(&result, &first.analysis, &first.estimand);
            summaries.push(Summary {
                scenario: found.name,
                engine: engine_name(engine),
                power: value(&row.power),
                mean_estimate: value(&row.mean_estimate),
                model_se: value(&row.model_se),
                digest: digest(&result).leak(),
            });
        }
    }
    summaries
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

const FIRST_WORDS: &[[u64; 4]] = &[
    [0x7676_13d7_52c9_26a1, 0x9e69_4a66_4df5_4463, 0xab04_19fb_7c81_bb82, 0x3125_1025_eea4_cf1e],
    [0xd2d4_f117_1918_c46b, 0x21ce_fb4d_36f3_d4a6, 0x58ba_24cd_36cd_903c, 0x07d8_af73_c733_b0ab],
    [0xcb06_ec39_504b_1b93, 0xdeaa_c017_6801_d4df, 0xa3c2_c91f_9477_a95f, 0x8fa4_5a6a_9b1c_b011],
    [0x6452_0bbd_9a64_493c, 0xe692_2725_5fcd_3912, 0x1fe3_b3dd_5913_694e, 0xde4e_e84a_215d_acbe],
    [0xe591_78f5_353f_a4d9, 0x0772_dedc_89de_dd13, 0xb1d6_7910_6255_d664, 0x846b_eb14_830e_365b],
    [0x8fc7_b0aa_942d_fa08, 0x3d1c_39f2_465d_5495, 0x408f_526c_4c54_8d93, 0x633d_9ddf_cf56_c370],
];
const FIRST_NORMALS: &[f64] = &[
    -0.09791273620878164,
    -0.9293471649803299,
    0.8416523367491635,
    1.003956430587346,
    -0.022288584067918674,
    -0.05457957310565819,
    -0.8737170341471592,
    -1.348572138261619,
];
/// In the tail, in a wedge under the curve, in a wedge above it.
const RARE_NORMALS: &[(u64, f64)] = &[
    (0xffe8_6bcb_04f4_f400, 3.7878976712372765),
    (0x00cc_13b4_f9fe_8611, -2.6638205718174928),
    (0xfe60_eb36_bbc2_08ff, -0.2588398245082271),
];
const FIRST_CHI_SQUARES: &[f64] =
    &[0.6809014016392448, 3.185733250857331, 4.608364922146465, 7.244769546912015, 124.10601134498746];
const RARE_CHI_SQUARES: &[f64] = &[
    3.185733250857331,
    4.3696938830631735,
    4.608364922146465,
    7.852611812462883,
    9.980432451937546,
    6.1516909156207555,
    113.02635367893335,
    113.02635367893335,
];

#[rustfmt::skip]
const SUMMARIES: &[Summary] = &[
Summary { scenario: "fuentes-2014", engine: "patients", power: 1.0, mean_estimate: -12.50450048785278, model_se: 1.543247619591282, digest: "dcb7e9a1578480bc" },
Summary { scenario: "fuentes-2014", engine: "statistics", power: 1.0, mean_estimate: -12.563859639929426, model_se: 1.5396551374013954, digest: "46a7e83d01282d55" },
Summary { scenario: "fuentes-2014-realistic-noise", engine: "patients", power: 0.996, mean_estimate: -12.507590911759374, model_se: 2.602779087628523, digest: "d618d0ea71a38678" },
Summary { scenario: "fuentes-2014-realistic-noise", engine: "statistics", power: 0.999, mean_estimate: -12.607672054981403, model_se: 2.596711770726476, digest: "1e95aa45ec31568d" },
Summary { scenario: "null", engine: "patients", power: 0.044, mean_estimate: -0.007594237221809884, model_se: 2.602809412105539, digest: "66fe1edf60c9b32a" },
Summary { scenario: "null", engine: "statistics", power: 0.043, mean_estimate: -0.10749211105236846, model_se: 2.596854622978263, digest: "91bd9df3ffdcb467" },
Summary { scenario: "sceptical", engine: "patients", power: 0.092, mean_estimate: -1.8075942372218106, model_se: 2.602809412105539, digest: "19d0160e7a2fa430" },
Summary { scenario: "sceptical", engine: "statistics", power: 0.121, mean_estimate: -1.9074921110523693, model_se: 2.596854622978263, digest: "6b08667ec94eb292" },
Summary { scenario: "confirmatory", engine: "patients", power: 0.625, mean_estimate: -0.48625995662282173, model_se: 0.21104767510799874, digest: "0610b5bd847f6d00" },
Summary { scenario: "context-only", engine: "patients", power: 0.996, mean_estimate: -12.50759471138188, model_se: 2.602971923264777, digest: "49790615609c9638" },
Summary { scenario: "context-only", engine: "statistics", power: 0.999, mean_estimate: -12.607498822518638, model_se: 2.5970167623393663, digest: "2afed43a4a087a1b" },
Summary { scenario: "current-only", engine: "patients", power: 0.044, mean_estimate: -0.007594711381880113, model_se: 2.6029719232647768, digest: "5a12ad553fb59bb0" },
Summary { scenario: "current-only", engine: "statistics", power: 0.043, mean_estimate: -0.107498822518638, model_se: 2.5970167623393663, digest: "ed6dbf39438870de" },
Summary { scenario: "unblinded", engine: "patients", power: 0.437, mean_estimate: -4.931177557289661, model_se: 2.732088758476736, digest: "869b8e1e53f6e7ad" },
Summary { scenario: "therapist-clustered", engine: "patients", power: 0.645, mean_estimate: -5.0400153804006065, model_se: 2.1306676219804843, digest: "8b475dbaf0bfcd22" },
Summary { scenario: "therapist-clustered", engine: "statistics", power: 0.648, mean_estimate: -5.042476875702915, model_se: 2.1258321727803584, digest: "cc7a9fbe4341eb57" },
Summary { scenario: "ferreira-2013", engine: "patients", power: 0.987, mean_estimate: -0.47017473485580835, model_se: 0.10964601545990153, digest: "a1422e77b061869a" },
Summary { scenario: "script-or-gift", engine: "patients", power: 0.979, mean_estimate: -10.49303044308081, model_se: 2.67828328564861, digest: "e4bed28f4bc93c9e" },
Summary { scenario: "psychosocial-moderation", engine: "patients", power: 0.989, mean_estimate: -8.015563832908768, model_se: 1.8590184990145269, digest: "0549c69f572df56f" },
Summary { scenario: "pragmatic-12-weeks", engine: "patients", power: 0.302, mean_estimate: -0.356054081910548, model_se: 0.24583030575681084, digest: "e3f42367b83ba851" },
Summary { scenario: "consultation-acupuncture", engine: "patients", power: 0.887, mean_estimate: -0.7281260967685403, model_se: 0.22627577315462175, digest: "033557c8559cdb6c" },
Summary { scenario: "aberson-2x2", engine: "patients", power: 0.909, mean_estimate: -0.5509367498652693, model_se: 0.17043697387169052, digest: "5828c42998998c07" },
Summary { scenario: "aberson-2x2", engine: "statistics", power: 0.909, mean_estimate: -0.5560599459334105, model_se: 0.17002958526217204, digest: "255319e5f21c66cf" },
];

#[test]
fn the_first_words_of_every_stage_are_pinned() {
    assert_eq!(first_words(), FIRST_WORDS);
}

#[test]
fn the_first_normal_draws_are_pinned() {
    assert_eq!(bits(&first_normals()), bits(FIRST_NORMALS));
}

#[test]
fn draws_from_the_tail_and_the_wedges_are_pinned() {
    for ((word, x), (pinned_word, pinned)) in rare_normals().iter().zip(RARE_NORMALS) {
        assert_eq!((word, x.to_bits()), (pinned_word, pinned.to_bits()));
    }
    assert_eq!(RARE_NORMALS.len(), 3);
    assert!(RARE_NORMALS[0].1.abs() > TAIL);
}

#[test]
fn chi_squared_draws_are_pinned_the_rare_ones_too() {
    assert_eq!(bits(&first_chi_squares()), bits(FIRST_CHI_SQUARES));
    assert_eq!(bits(&rare_chi_squares()), bits(RARE_CHI_SQUARES));
}

#[test]
fn every_embedded_scenario_gives_its_pinned_summary_on_each_engine_that_fits() {
    let summaries = summaries();
    assert_eq!(summaries.len(), SUMMARIES.len());
    for (ours, pinned) in summaries.iter().zip(SUMMARIES) {
        assert_eq!(ours, pinned);
    }
}

#[test]
fn nothing_but_libm_computes_logarithms_and_exponentials_on_the_way_to_an_estimate() {
    let functions = [
        "ln", "ln_1p", "log2", "log10", "exp", "exp2", "exp_m1", "powf", "powi", "sin", "cos", "tan", "cbrt",
        "hypot", "mul_add",
    ];
    let mut files = 0;
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // Distribution functions do not touch drawn values.
            if path.is_dir() && !path.ends_with("stats") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files += 1;
                let text = std::fs::read_to_string(&path).unwrap();
                for function in functions {
                    let called = text.contains(&format!(".{function}("))
                        || text.contains(&format!("f64::{function}("));
                    assert!(!called, "{function} in {}", path.display());
                }
            }
        }
    }
    assert!(files > 30);
}

#[test]
#[ignore = "prints the values of a declared value change"]
fn values_as_they_are() {
    println!("FIRST_WORDS {:#x?}", first_words());
    println!("FIRST_NORMALS {:?}", first_normals());
    println!("RARE_NORMALS {:#?}", rare_normals());
    println!("FIRST_CHI_SQUARES {:?}", first_chi_squares());
    println!("RARE_CHI_SQUARES {:?}", rare_chi_squares());
    for summary in summaries() {
        println!("{summary:?},");
    }
}
