//! Hypotheses judged together: adjusted p values.

use super::result::{AnalyzedRow, TrialAnalysis};
use crate::analysis::registry;
use crate::decision::{Multiplicity, Procedure, is_comparison, loadings};
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::FACTORIAL;
use crate::estimand::{ESTIMANDS, WEIGHTS};
use crate::result::HypothesisId;
use crate::scenario::MultiplicitySpec;
use crate::stats::dunnett;

impl TrialAnalysis {
    /// Judges hypotheses together: those named, in their order, or the first three estimands of the first
    /// analysis, with Dunnett's test the three comparisons with the reference arm. A name that is not
    /// among the results is left out, and a warning says so; shares of alpha that no longer fit become
    /// equal.
    ///
    /// # Errors
    /// `Usage`, if Dunnett's test does not suit the analysis, or if a graph lacks a hypothesis. Then nothing
    /// is changed.
    pub fn adjust(&mut self, stated: &MultiplicitySpec, named: &[HypothesisId]) -> Result<()> {
        let family: Vec<usize> = named.iter().filter_map(|id| self.place(id)).collect();
        let (family, adjusted) = match stated.procedure {
            Procedure::Dunnett => self.dunnett(family, named.len())?,
            _ => self.by_p_values(family, named.len(), stated)?,
        };
        for (row, p) in family.into_iter().zip(adjusted) {
            self.results[row].p_adjusted = Some(p);
        }
        self.multiplicity = Some(stated.procedure);
        Ok(())
    }

    fn place(&self, id: &HypothesisId) -> Option<usize> {
        self.results.iter().position(|row| id.is_of(&row.analysis, &row.outcome, &row.estimand))
    }

    /// Hypotheses, by their rows, with their adjusted p values.
    fn by_p_values(
        &mut self,
        mut family: Vec<usize>,
        named: usize,
        stated: &MultiplicitySpec,
    ) -> Result<(Vec<usize>, Vec<f64>)> {
        let here = family.len();
        if stated.procedure == Procedure::Graph && (here < named || here == 0) {
            let found = format!("a graph needs all its hypotheses; {here} of {named} are among the results");
            return Err(Error::new(ErrorKind::Usage, found)
                .help("take outcomes and analyses from the scenario, or another procedure"));
        }
        if here < named {
            self.warnings.push(format!(
                "{here} of the scenario's {named} primary hypotheses are among the results: {} are judged \
                 together",
                if here == 0 { "the first three effects instead" } else { "only these" }
            ));
        }
        if here == 0 {
            let first = self.results.first().map(|row| row.analysis.clone());
            let of_first = self.results.iter().take_while(|row| Some(&row.analysis) == first.as_ref());
            let fitted = first.as_ref().and_then(|id| registry::find(&self.analyses.get(id)?.method));
            let factorial = fitted.map_or(FACTORIAL, |entry| entry.family.factorial_effects());
            family = (0..of_first.take(factorial).count()).collect();
        }
        let weights = stated.weights.clone().filter(|weights| weights.len() == family.len());
        let fitting = MultiplicitySpec { weights, ..stated.clone() };
        let multiplicity = Multiplicity::new(&fitting, family.len()).ok_or_else(|| {
            let found = format!("the scenario's graph is not one of {} hypotheses", family.len());
            Error::new(ErrorKind::Usage, found)
        })?;
        let p: Vec<f64> = family.iter().map(|&row| self.results[row].p).collect();
        let adjusted = multiplicity.adjusted(&p);
        Ok((family, adjusted))
    }

    /// Comparisons with the reference arm, by their rows, with their adjusted p values.
    fn dunnett(&mut self, mut family: Vec<usize>, named: usize) -> Result<(Vec<usize>, Vec<f64>)> {
        let first = family.first().copied().unwrap_or(0);
        let analysis = self.results.get(first).map_or_else(String::new, |row| row.analysis.clone());
        let rows: Vec<&AnalyzedRow> = self.results.iter().filter(|row| row.analysis == analysis).collect();
        let start = self.results.iter().position(|row| row.analysis == analysis).unwrap_or(0);
        let common = self.analyses.get(&analysis).is_some_and(|one| one.has_common_variance);
        // The rows of such an analysis are the eight contrasts, in their order.
        let (true, Ok(rows)) = (common, <[&AnalyzedRow; ESTIMANDS]>::try_from(rows)) else {
            let found = format!("Dunnett's test needs one variance for all arms, which {analysis} has not");
            return Err(Error::new(ErrorKind::Usage, found)
                .help("use --method ancova, anova or change, with --standard-errors model"));
        };
        let contrast = |row: usize| row.checked_sub(start).filter(|&one| one < ESTIMANDS);
        let compares = |row: &usize| contrast(*row).is_some_and(|one| is_comparison(&WEIGHTS[one]));
        let suits = family.len() == named && named > 0 && family.iter().all(compares);
        if !suits {
            let all = start..start + ESTIMANDS;
            family = all.filter(compares).collect();
        }
        let comparisons: Vec<usize> = family.iter().map(|row| row - start).collect();
        let loadings = loadings(&comparisons, &rows.map(|row| row.se * row.se));
        let adjusted = comparisons.iter().map(|&one| {
            let AnalyzedRow { estimate, se, df, .. } = rows[one];
            dunnett::sf((estimate / se).abs(), df.unwrap_or(f64::INFINITY), loadings.values())
        });
        let adjusted = adjusted.collect();
        if !suits && named > 0 {
            self.warnings.push(format!(
                "Dunnett's test compares arms with the reference arm: the three comparisons of {analysis} are \
                 judged together, not the scenario's primary hypotheses"
            ));
        }
        if !loadings.exact {
            self.warnings.push(format!(
                "the covariates of {analysis} differ so much between the arms that Dunnett's p values are those \
                 of independent comparisons: somewhat too large"
            ));
        }
        Ok((family, adjusted))
    }
}
