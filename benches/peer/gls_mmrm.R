# Seconds that R takes for models of repeated measures, by nlme's gls.
#
#     echo mmrm 117 3 | Rscript benches/peer/gls_mmrm.R TRIAL.csv
#
# Writes its name, then for each line "JOB PATIENTS FITS" of standard input the seconds of so many fits of the same trial;
# nothing is drawn here, and there are no contrasts and no degrees of freedom. The trial has 117
# patients and four visits, as `trialliance trial` writes them. Needs R with nlme, which comes with it (Debian: r-cran-nlme).

library(nlme)
wide <- read.csv(commandArgs(trailingOnly = TRUE)[1])
visits <- c("pain_a", "pain_b", "pain_c", "pain")
long <- do.call(rbind, lapply(seq_along(visits), function(visit) {
  data.frame(id = wide$id, arm = factor(wide$arm), baseline = wide$pain_baseline, visit = visit,
             outcome = wide[[visits[visit]]])
}))
long <- long[!is.na(long$outcome), ]
long$v <- factor(long$visit)
model <- outcome ~ 0 + arm:v + baseline:v
fits <- list(
  mmrm = function() gls(model, long, correlation = corSymm(form = ~visit | id), weights = varIdent(form = ~1 | v),
                        method = "REML"),
  `mmrm-ar1` = function() gls(model, long, correlation = corAR1(form = ~visit | id), method = "REML"),
  `mmrm-compound-symmetry` = function() gls(model, long, correlation = corCompSymm(form = ~1 | id), method = "REML"))
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "answer.R"))
answer(paste("nlme", packageVersion("nlme")), fits, function(fit) fit())
