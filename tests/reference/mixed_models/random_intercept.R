# Reference values for `lmm` without covariates: a random intercept for each therapist, by lme4 and lmerTest.
#
#     Rscript tests/reference/mixed_models/random_intercept.R    (in this repository; needs lmerTest, jsonlite)
#
# Cell means, REML, optimised until nothing moves; contrasts with Satterthwaite's degrees of freedom by contest1D.

suppressPackageStartupMessages({ library(lmerTest); library(jsonlite) })
folder <- "tests/reference"
cells <- c("limited_sham", "limited_active", "enhanced_sham", "enhanced_active")
contrasts <- list(
  alliance = c(-.5, -.5, .5, .5), ifc = c(-.5, .5, -.5, .5), interaction = c(1, -1, -1, 1),
  alliance_at_sham = c(-1, 0, 1, 0), alliance_at_active = c(0, -1, 0, 1),
  ifc_at_limited = c(-1, 1, 0, 0), ifc_at_enhanced = c(0, 0, -1, 1),
  enhanced_active_minus_limited_sham = c(-1, 0, 0, 1))
sets <- c("therapists_crossed_n160", "therapists_crossed_uneven_n152", "therapists_nested_n160",
          "therapists_nested_uneven_n137", "therapists_nested_no_variance_n160")
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = .01, rhoend = 1e-12, maxfun = 1e5))

one <- function(set) {
  data <- read.csv(file.path(folder, "data", paste0(set, ".csv")))
  data$cell <- factor(paste(data$alliance, data$ifc, sep = "_"), levels = cells)
  fit <- suppressMessages(lmer(outcome ~ 0 + cell + (1 | therapist), data, control = tight))
  said <- lapply(contrasts, function(l) {
    row <- contest1D(fit, l)
    list(estimate = row$Estimate, se = row[["Std. Error"]], df = row$df)
  })
  list(var_therapist = as.numeric(VarCorr(fit)$therapist), var_residual = sigma(fit)^2, contrasts = said)
}

versions <- paste("R", getRversion(), "lme4", packageVersion("lme4"), "lmerTest", packageVersion("lmerTest"))
write_json(c(list(computed_by = versions), setNames(lapply(sets, one), sets)),
           file.path(folder, "mixed_models", "random_intercept.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE)
