# Seconds of one fit of the model of `cargo bench --bench mmrm` by nlme's gls, as JSON; and of lme4's
# random intercept of each patient, with lmerTest's degrees of freedom. Needs R with nlme and lmerTest.
#
#     Rscript benches/peer/gls_mmrm.R tests/reference/data/longitudinal_dropout_n117.csv
suppressPackageStartupMessages({ library(nlme); library(lmerTest) })
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
d <- d[d$visit > 0 & !is.na(d$outcome), ]
d$cell <- factor(paste(d$alliance, d$ifc))
d$v <- factor(d$visit)
model <- outcome ~ 0 + cell:v + baseline:v
# The processor's seconds, of which other programs take nothing.
seconds <- function(work) {
  work()
  min(replicate(3, sum(system.time(work())[1:2])))
}
unstructured <- seconds(function() gls(model, d, correlation = corSymm(form = ~visit | id),
                                       weights = varIdent(form = ~1 | v), method = "REML"))
ar1 <- seconds(function() gls(model, d, correlation = corAR1(form = ~visit | id), method = "REML"))
l <- as.numeric(grepl("v4", colnames(model.matrix(model, d))) & !grepl("baseline", colnames(model.matrix(model, d))))
intercepts <- seconds(function() contest1D(lmer(update(model, . ~ . + (1 | id)), d), l))
cat(sprintf('{"nlme": "%s", "unstructured": %g, "ar1": %g, "compound-symmetry": %g}\n',
            packageVersion("nlme"), unstructured, ar1, intercepts))
