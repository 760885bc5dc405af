# Seconds of one fit of the model of `cargo bench --bench mmrm` by nlme's gls, as JSON, with the main effect of the
# context at the last visit and its standard error. Needs R with nlme, which comes with it.
#
#     Rscript benches/peer/gls_mmrm.R tests/reference/data/longitudinal_dropout_n117.csv
library(nlme)
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
d <- d[d$visit > 0 & !is.na(d$outcome), ]
d$cell <- factor(paste(d$alliance, d$ifc))
d$v <- factor(d$visit)
model <- outcome ~ 0 + cell:v + baseline:v
fits <- list(
  unstructured = function() gls(model, d, correlation = corSymm(form = ~visit | id),
                                weights = varIdent(form = ~1 | v), method = "REML"),
  ar1 = function() gls(model, d, correlation = corAR1(form = ~visit | id), method = "REML"),
  `compound-symmetry` = function() gls(model, d, correlation = corCompSymm(form = ~1 | id), method = "REML"))
# The processor's seconds, of which other programs take nothing; the first fit is warming up.
measure <- function(fit) {
  found <- fit()
  last <- grepl("v4", names(coef(found))) & grepl("cell", names(coef(found)))
  weights <- ifelse(last, ifelse(grepl("enhanced", names(coef(found))), 0.5, -0.5), 0)
  sprintf('{"seconds": %g, "estimate": %.8g, "se": %.8g}', min(replicate(3, sum(system.time(fit())[1:2]))),
          sum(weights * coef(found)), sqrt(drop(weights %*% vcov(found) %*% weights)))
}
cat(sprintf('{"nlme": "%s", %s}\n', packageVersion("nlme"),
            paste0('"', names(fits), '": ', sapply(fits, measure), collapse = ", ")))
