# Values for claims: power and patients by the package pwr, and means with intervals by R itself.
# Run as: Rscript reference.R > claims.json
library(pwr)
rows <- character()
value <- function(group, call, ...) {
  expression <- parse(text = call)[[1]]
  fields <- list(...)
  words <- vapply(names(fields), function(name) {
    field <- fields[[name]]
    text <- if (is.character(field)) paste0('"', field, '"')
      else paste0(if (length(field) > 1) "[", paste(sprintf("%.15g", field), collapse = ", "), if (length(field) > 1) "]")
    paste0('"', name, '": ', text)
  }, "")
  result <- eval(expression, globalenv())
  result <- paste0(if (length(result) > 1) "[", paste(sprintf("%.17g", result), collapse = ", "), if (length(result) > 1) "]")
  rows[[length(rows) + 1]] <<- sprintf('  {"of": "%s", "call": "%s", %s%s"value": %s}', group, gsub('"', '\\\\"', call),
    paste(words, collapse = ", "), if (length(words)) ", " else "", result)
}
for (case in list(c(.27, 52), c(.1, 400), c(.25, 128), c(.4, 20), c(1.2, 8))) {
  f <- case[1]; n <- case[2]
  # pwr.f2.test has u + v + 1 times f2 as noncentrality, which is N - 2 with four groups; here it is to be N.
  value("f_test", sprintf("pwr.f2.test(u = 1, v = %g - 4, f2 = %g^2 * %g / (%g - 2))$power", n, f, n, n),
    f = f, df1 = 1, groups = 4, n = n, alpha = 0.05)
  value("f_test", sprintf("pwr.f2.test(u = 1, v = %g - 2, f2 = %g^2)$power", n, f), f = f, df1 = 1, groups = 2, n = n, alpha = 0.05)
  value("f_test", sprintf("pwr.anova.test(k = 4, n = %g / 4, f = %g)$power", n, f), f = f, df1 = 3, groups = 4, n = n, alpha = 0.05)
  value("f_test", sprintf("pwr.anova.test(k = 4, n = %g / 4, f = %g, sig.level = 0.01)$power", n, f), f = f, df1 = 3, groups = 4, n = n, alpha = 0.01)
}
for (f in c(.05, .1, .25, .27, .4, .8)) {
  value("fewest_any_difference", sprintf("4 * ceiling(pwr.anova.test(k = 4, f = %g, power = 0.8)$n)", f), f = f, power = 0.8)
  value("fewest_two_arms", sprintf("2 * ceiling(pwr.t.test(d = 2 * %g, power = 0.9)$n)", f), f = f, power = 0.9)
}
# Contrasts of four arms in standard deviations, unadjusted: Sum w^2 is 1, 4 and 2.
for (case in list(list("alliance", 1), list("interaction", 4), list("joint", 2))) {
  value("contrast", sprintf("pf(qf(.95, 1, 48), 1, 48, ncp = 13 * 0.54^2 / %g, lower.tail = FALSE)", case[[2]]),
    estimand = case[[1]], d = 0.54, n = 52)
}
# Adjusted for a baseline: noncentral F averaged over its chance imbalance (Shieh 2020, Psychometrika 85:101).
for (r in c(.3, .5, .74)) {
  value("adjusted", sprintf(paste0("integrate(function(s) 2 * s * dbeta(s^2, 1/2, 24) * pf(qf(.95, 1, 47), 1, 47, ",
    "ncp = 13 * 0.54^2 / (1 - %g^2) * (1 - s^2), lower.tail = FALSE), 0, 1, rel.tol = 1e-12)$value"), r), d = 0.54, n = 52, r = r)
}
# Change since baseline has the variance 2 (1 - r).
value("change", "pf(qf(.95, 1, 48), 1, 48, ncp = 13 * 1.08^2 / (2 * (1 - 0.5)), lower.tail = FALSE)", d = 1.08, n = 52, r = 0.5)
# Means as printed in Fuentes et al. 2014, Phys Ther 94:477 (SL, AL, SE, AE).
n <- c(29, 30, 29, 29); means <- c(10.3, 18.3, 22.2, 31.4)
lower <- c(6.6, 14.3, 18.9, 27.2); upper <- c(12.7, 20.3, 25.0, 33.3)
sds <- (upper - lower) / 2 / qt(.975, n - 1) * sqrt(n)
pooled <- sqrt(sum((n - 1) * sds^2) / sum(n - 1))
w <- rbind(alliance = c(-.5, -.5, .5, .5), ifc = c(-.5, .5, -.5, .5), interaction = c(1, -1, -1, 1), joint = c(-1, 0, 0, 1))
value("fuentes_sd", "(upper - lower) / 2 / qt(.975, n - 1) * sqrt(n)")
value("fuentes_pooled_sd", "sqrt(sum((n - 1) * sds^2) / sum(n - 1))")
# If the intervals are from one variance for all arms; adjusted for the baseline with one degree of freedom less.
half <- (upper - lower) / 2 * sqrt(n)
value("fuentes_one_variance_sd", "sqrt(sum((n - 1) * (half / qt(.975, 113))^2) / sum(n - 1))")
value("fuentes_adjusted_sd", "sqrt(sum((n - 1) * (half / qt(.975, 112))^2) / sum(n - 1))")
for (name in rownames(w)) {
  value("fuentes", sprintf("c(sum(w['%s', ] * means), pooled * sqrt(sum(w['%s', ]^2 / n)))", name, name), estimand = name, what = "difference_and_se")
  value("fuentes", sprintf("sum(w['%s', ] * means) + c(-1, 1) * qt(.975, 113) * pooled * sqrt(sum(w['%s', ]^2 / n))", name, name), estimand = name, what = "interval")
  value("fuentes", sprintf("sum(w['%s', ] * (lower + upper) / 2)", name), estimand = name, what = "by_centres")
  value("fuentes", sprintf("pf(qf(.95, 1, 113), 1, 113, ncp = sum(w['%s', ] * means)^2 / (pooled^2 * sum(w['%s', ]^2 / n)), lower.tail = FALSE)", name, name),
    estimand = name, what = "power")
}
sample_of <- function(n, sd) as.vector(scale(seq_len(n)^1.5)) * sd
value("bartlett", "bartlett.test(Map(sample_of, c(29, 30, 29, 29), c(8, 8, 8, 13)))$p.value", n = c(29, 30, 29, 29), sd = c(8, 8, 8, 13))
value("bartlett", "bartlett.test(Map(sample_of, c(10, 20, 30, 40), c(1.1, 0.8, 1, 0.9)))$p.value", n = c(10, 20, 30, 40), sd = c(1.1, .8, 1, .9))
cat(sprintf('{\n"made_by": "%s, pwr %s, by reference.R",\n"values": [\n', R.version.string, packageVersion("pwr")))
cat(paste(rows, collapse = ",\n"))
cat("\n]}\n")
