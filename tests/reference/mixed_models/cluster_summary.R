# Reference values for `cluster_summary`, by R's lm and t.test alone.
#
#     Rscript tests/reference/mixed_models/cluster_summary.R    (in this repository; needs jsonlite)
#
# Stage one: slopes of the baseline from lm(outcome ~ cell + baseline), or none; the outcome less slope times
# baseline, averaged by therapist and cell. Stage two, with the therapists' contrasts of their cells:
# crossed: t.test of them; nested: their means by style, the variance of lm(summary ~ style); in arms (each
# therapist and cell counted as a therapist): lm(mean ~ cell). `lone`: patients of the limited style stand
# for themselves, lm(outcome ~ cell) among them, Welch-Satterthwaite degrees of freedom.

library(jsonlite)
folder <- "tests/reference"
cells <- c("limited_sham", "limited_active", "enhanced_sham", "enhanced_active")
contrasts <- list(
  alliance = c(-.5, -.5, .5, .5), ifc = c(-.5, .5, -.5, .5), interaction = c(1, -1, -1, 1),
  alliance_at_sham = c(-1, 0, 1, 0), alliance_at_active = c(0, -1, 0, 1),
  ifc_at_limited = c(-1, 1, 0, 0), ifc_at_enhanced = c(0, 0, -1, 1),
  enhanced_active_minus_limited_sham = c(-1, 0, 0, 1))

means <- function(d) tapply(d$adjusted, list(d$therapist, d$cell), mean)
row <- function(estimate, se, df) list(estimate = unname(estimate), se = unname(se), df = unname(df))

crossed <- function(d, w) {
  test <- t.test((means(d)[, w != 0, drop = FALSE] %*% w[w != 0])[, 1])
  row(test$estimate, test$stderr, test$parameter)
}

# Summaries of the therapists of each style: their own part of the contrast, the other's where it has none.
parts <- function(d, w) {
  m <- means(d)
  style <- ifelse(is.na(m[, 1]), 2, 1)
  own <- list(w[1:2], w[3:4])
  own <- lapply(1:2, function(k) if (all(own[[k]] == 0)) own[[3 - k]] else own[[k]])
  value <- sapply(seq_len(nrow(m)), function(j) {
    use <- own[[style[j]]]
    sum((m[j, 2 * style[j] - 1:0] * use)[use != 0])
  })
  list(value = value, style = factor(style), counts = c(any(w[1:2] != 0), any(w[3:4] != 0)))
}

nested <- function(d, w) {
  p <- parts(d, w)
  fit <- lm(p$value ~ 0 + p$style)
  k <- as.numeric(p$counts)
  row(sum(k * coef(fit)), sqrt(drop(k %*% vcov(fit) %*% k)), fit$df.residual)
}

in_arms <- function(d, w) {
  d$therapist <- interaction(d$therapist, d$cell, drop = TRUE)
  s <- aggregate(adjusted ~ therapist + cell, d, mean)
  fit <- lm(adjusted ~ 0 + cell, s)
  row(sum(w * coef(fit)), sqrt(drop(w %*% vcov(fit) %*% w)), fit$df.residual)
}

lone <- function(d, w) {
  patients <- droplevels(d[d$alliance == "limited", ])
  fit <- lm(adjusted ~ 0 + cell, patients)
  v1 <- drop(w[1:2] %*% vcov(fit) %*% w[1:2])
  e <- sum(w[1:2] * coef(fit))
  v2 <- 0
  if (any(w[3:4] != 0)) {
    m <- means(droplevels(d[d$alliance == "enhanced", ]))
    use <- w[3:4] != 0
    value <- (m[, use, drop = FALSE] %*% w[3:4][use])[, 1]
    value <- value[!is.na(value)]
    v2 <- var(value) / length(value)
    e <- e + mean(value)
    df2 <- length(value) - 1
  }
  df <- if (v1 == 0) df2 else if (v2 == 0) fit$df.residual else (v1 + v2)^2 / (v1^2 / fit$df.residual + v2^2 / df2)
  row(e, sqrt(v1 + v2), df)
}

every <- list(versions = list(R = R.version.string))
for (name in c("therapists_crossed_n160", "therapists_crossed_uneven_n152", "therapists_nested_n160",
               "therapists_nested_uneven_n137", "therapists_nested_no_variance_n160")) {
  d <- read.csv(file.path(folder, "data", paste0(name, ".csv")))
  d$cell <- factor(paste(d$alliance, d$ifc, sep = "_"), cells)
  is_crossed <- grepl("crossed", name)
  for (adjust in c(TRUE, FALSE)) {
    b <- if (adjust) coef(lm(outcome ~ 0 + cell + baseline, d))["baseline"] else 0
    d$adjusted <- d$outcome - b * d$baseline
    ways <- list(therapists = if (is_crossed) crossed else nested, in_arms = in_arms, lone = lone)
    key <- if (adjust) "adjusted" else "unadjusted"
    every[[name]][[key]] <- lapply(ways, function(way) lapply(contrasts, function(w) way(d, w)))
  }
}
write(toJSON(every, auto_unbox = TRUE, digits = NA, pretty = 1), file.path(folder, "mixed_models", "cluster_summary.json"))
