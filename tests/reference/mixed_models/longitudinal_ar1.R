# Rscript longitudinal_ar1.R: what gls gives, for the field `gls` of longitudinal_ar1.json (nlme 3.1-162, R 4.2.2)
library(nlme)
for (name in c("longitudinal_dropout_n117", "longitudinal_dropout_n78")) {
  d <- read.csv(paste0("../data/", name, ".csv"))
  d <- d[d$visit > 0 & !is.na(d$outcome), ]
  d$cell <- factor(paste(d$alliance, d$ifc), levels = c("limited sham", "limited active", "enhanced sham", "enhanced active"))
  d$v <- factor(d$visit)
  fit <- gls(outcome ~ 0 + cell:v + baseline:v, d, correlation = corAR1(form = ~visit | id), method = "REML",
             control = glsControl(tolerance = 1e-12, msTol = 1e-12))
  l <- setNames(numeric(length(coef(fit))), names(coef(fit)))
  l[grepl("celllimited.*v4", names(l))] <- -0.5
  l[grepl("cellenhanced.*v4", names(l))] <- 0.5
  cat(name, format(c(fit$sigma^2, coef(fit$modelStruct$corStruct, unconstrained = FALSE), sum(l * coef(fit)),
                     sqrt(sum(l * (vcov(fit) %*% l)))), digits = 15), "\n")
}
