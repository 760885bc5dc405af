# Trials analysed per second by R: a mixed model by lme4 and Kenward-Roger tests by lmerTest (pbkrtest).
#
#     Rscript benches/peer/lmer_kenward_roger.R TRIAL.csv SECONDS
#
# The trial has columns context, treatment, therapist and outcome, as benches/kenward_roger.sh writes it. The same
# model is fitted again and again for SECONDS, with eight contrasts each time, and once more with a random
# slope; nothing is drawn here. One line of JSON per model. Needs: r-cran-lme4 r-cran-lmertest r-cran-pbkrtest.

suppressPackageStartupMessages(library(lmerTest))
arguments <- commandArgs(trailingOnly = TRUE)
trial <- read.csv(arguments[1])
budget <- as.numeric(arguments[2])
trial$cell <- factor(paste(trial$context, trial$treatment))
trial$a <- ifelse(trial$context == levels(factor(trial$context))[1], -0.5, 0.5)
contrasts <- rbind(c(-.5, -.5, .5, .5), c(-.5, .5, -.5, .5), c(1, -1, -1, 1), c(-1, 0, 1, 0), c(0, -1, 0, 1),
                   c(-1, 1, 0, 0), c(0, 0, -1, 1), c(-1, 0, 0, 1))
models <- list(intercept = outcome ~ 0 + cell + (1 | therapist),
               `intercept-and-slope` = outcome ~ 0 + cell + (1 + a | therapist))

analyse <- function(formula) {
  fit <- suppressMessages(lmer(formula, trial, REML = TRUE))
  contest(fit, contrasts, joint = FALSE, ddf = "Kenward-Roger")
}

for (name in names(models)) {
  found <- analyse(models[[name]])
  fits <- 0
  start <- proc.time()[["elapsed"]]
  while ((passed <- proc.time()[["elapsed"]] - start) < budget) {
    analyse(models[[name]])
    fits <- fits + 1
  }
  cat(sprintf('{"peer": "lmerTest %s", "model": "%s", "fits_per_s": %.4f, "estimate": %.12g, "se": %.12g, "df": %.12g}\n',
              packageVersion("lmerTest"), name, fits / passed, found[1, 1], found[1, 2], found[1, 3]))
}
