# Seconds that R takes for mixed models with Kenward and Roger's method, by lme4, lmerTest and pbkrtest.
#
#     echo lmm 160 3 | Rscript benches/peer/lmer_kenward_roger.R TRIAL.csv
#
# Writes its name, then for each line "JOB PATIENTS FITS" of standard input the seconds of so many fits of the same trial
# with eight contrasts each; nothing is drawn here. The trial has 160 patients of 16 therapists, as `trialliance trial`
# writes them. Needs the Debian packages r-cran-lme4 r-cran-lmertest r-cran-pbkrtest, or the packages of R of these names.

suppressPackageStartupMessages(library(lmerTest))
trial <- read.csv(commandArgs(trailingOnly = TRUE)[1])
trial$arm <- factor(trial$arm, c("SL", "AL", "SE", "AE"))
trial$context <- ifelse(trial$alliance == "limited", -0.5, 0.5)
contrasts <- rbind(c(-.5, -.5, .5, .5), c(-.5, .5, -.5, .5), c(1, -1, -1, 1), c(-1, 0, 1, 0), c(0, -1, 0, 1),
                   c(-1, 1, 0, 0), c(0, 0, -1, 1), c(-1, 0, 0, 1))
models <- list(lmm = pain ~ 0 + arm + (1 | therapist), `lmm-slope` = pain ~ 0 + arm + (1 + context | therapist))
analyse <- function(model) {
  fit <- suppressMessages(lmer(model, trial, REML = TRUE))
  contest(fit, contrasts, joint = FALSE, ddf = "Kenward-Roger")
}
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "answer.R"))
answer(paste("lmerTest", packageVersion("lmerTest")), models, analyse)
