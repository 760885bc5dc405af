//! The scenarios that come with the program.
//!
//! In comes a name; out comes the text of a scenario file, as it stands in the
//! folder `scenarios/`. A new file there is one line here.

use super::words;

/// A scenario that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded {
    /// Its name, as in `trialliance run fuentes-2014`.
    pub name: &'static str,
    /// One line that says what the trial is: the file's own title.
    pub title: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! embedded {
    ($($name:literal: $title:literal,)*) => {
        &[$(Embedded {
            name: $name,
            title: $title,
            text: include_str!(concat!("../../scenarios/", $name, ".json")),
        },)*]
    };
}

const ALL: &[Embedded] = embedded! {
    "fuentes-2014": "Fuentes 2014: alliance and interferential current in chronic low back pain, one session, as printed",
    "fuentes-2014-realistic-noise": "Fuentes 2014 with a residual SD of 14 mm, as other trials of back pain have",
    "null": "Nothing works: no effect of alliance or current, with realistic noise",
    "sceptical": "A sceptic's effects: 1.8 mm for alliance, half of Fuentes for current, realistic noise",
    "confirmatory": "A confirmatory trial: shrunken effects, a 0-10 rating scale, 12 % dropout at random given baseline",
    "context-only": "Only the context works: the alliance as in Fuentes 2014, the current does nothing",
    "current-only": "Only the current works: its effect as in Fuentes 2014, the alliance does nothing",
    "unblinded": "The current does nothing, but patients who believe in it improve, and they can tell",
    "therapist-clustered": "16 therapists who each deliver both styles: an intraclass correlation of .05 and a style that works better in some hands",
    "ferreira-2013": "After Ferreira 2013: 182 patients in usual care rate the alliance, and the rating goes with the outcome",
    "script-or-gift": "Script or gift? Therapists of different natural ability follow a script; how much of the outcome does each explain?",
    "psychosocial-moderation": "The context works best where the psychosocial component is high: effects by risk group and catastrophising",
    "pragmatic-12-weeks": "A pragmatic trial of twelve weeks: visits, a natural course, effects that fade, patients who leave",
    "consultation-acupuncture": "The same questions elsewhere: an empathic consultation crossed with acupuncture, on a 0-10 scale",
    "aberson-2x2": "Aberson's textbook 2×2 analysis of variance, 100 per cell",
};

/// All scenarios that come with the program.
#[must_use]
pub fn all() -> &'static [Embedded] {
    ALL
}

/// The scenario of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Embedded> {
    ALL.iter().find(|embedded| embedded.name == name)
}

/// The name that was probably meant, if one is near enough.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    let names: Vec<&'static str> = ALL.iter().map(|embedded| embedded.name).collect();
    let meant = words::nearest(name, &names)?;
    find(meant).map(|embedded| embedded.name)
}

/// An embedded scenario, read; a test's scenario is never wrong.
#[cfg(test)]
pub(crate) fn embedded(name: &str) -> super::Scenario {
    super::read(find(name).expect("embedded").text, name, &[]).expect("valid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    #[test]
    fn each_is_valid_and_called_what_its_file_says() {
        for embedded in all() {
            let scenario = read(embedded.text, embedded.name, &[]).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(scenario.name, embedded.name);
            assert_eq!(scenario.title.as_deref(), Some(embedded.title));
            assert!(scenario.notes.is_some_and(|notes| notes.contains("nown limits")), "{}", embedded.name);
        }
    }

    #[test]
    fn a_misspelt_name_finds_its_scenario() {
        assert_eq!(nearest("skeptical"), Some("sceptical"));
        assert_eq!(nearest("fuentes_2014"), Some("fuentes-2014"));
        assert_eq!(nearest("xyz"), None);
    }
}
