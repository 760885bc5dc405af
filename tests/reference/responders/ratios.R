# Odds ratios, risk ratios, common odds ratios and proportional odds by R.
#
# Run: Rscript ratios.R   (R 4.2.2, MASS 7.3-58.2, jsonlite; writes ratios.json and ../data/global_effect_*.csv)
#
# odds_ratio: glm of the four cells and covariates; likelihood-ratio tests from glm with the contrast held at 0,
# profile limits by uniroot on the deviance with the contrast held at a value (as an offset).
# risk_ratio: glm of the four cells with binomial(link = "log").
# mantel_haenszel: mantelhaen.test without correction, over the other factor and over the other factor x site.
# proportional_odds: MASS::polr, whose Hessian is numerical, so standard errors have about six digits;
# proportional_odds.py has more.
library(jsonlite)
library(MASS)

cells <- c("limited sham", "limited active", "enhanced sham", "enhanced active")
weights <- list(
  alliance = c(-.5, -.5, .5, .5), ifc = c(-.5, .5, -.5, .5), interaction = c(1, -1, -1, 1),
  alliance_at_sham = c(-1, 0, 1, 0), alliance_at_active = c(0, -1, 0, 1),
  ifc_at_limited = c(-1, 1, 0, 0), ifc_at_enhanced = c(0, 0, -1, 1), joint = c(-1, 0, 0, 1))
tight <- glm.control(epsilon = 1e-15, maxit = 100)

design <- function(d) sapply(cells, function(cell) as.numeric(paste(d$alliance, d$ifc) == cell))
# Columns that span the cells' log odds whose contrast is 0.
without <- function(w) { q <- qr.Q(qr(cbind(w, diag(length(w)))))
  q[, 2:length(w), drop = FALSE] }

odds_ratio <- function(d, names) {
  x <- design(d); z <- as.matrix(d[, names, drop = FALSE]); y <- d$responder
  full <- glm.fit(cbind(x, z), y, family = binomial(), control = tight)
  class(full) <- c("glm", "lm")
  v <- summary.glm(full)$cov.unscaled[1:4, 1:4]; b <- full$coefficients[1:4]
  lapply(weights, function(w) {
    held <- function(value) glm.fit(cbind(x %*% without(w), z), y, family = binomial(), control = tight,
      offset = as.vector(x %*% w) * value / sum(w^2))$deviance - full$deviance
    estimate <- sum(w * b); se <- sqrt(drop(w %*% v %*% w)); cut <- qchisq(.95, 1)
    limit <- function(side) uniroot(function(value) held(value) - cut,
      sort(estimate + side * se * c(.5, 4)), tol = 1e-13, maxiter = 200)$root
    list(estimate = estimate, se = se, chi2 = held(0), p = pchisq(held(0), 1, lower.tail = FALSE),
      lower = limit(-1), upper = limit(1))
  })
}

risk_ratio <- function(d) {
  x <- design(d)
  full <- glm.fit(x, d$responder, family = binomial(link = "log"), start = rep(-.7, 4), control = tight)
  class(full) <- c("glm", "lm")
  v <- summary.glm(full)$cov.unscaled
  lapply(weights, function(w) list(estimate = sum(w * full$coefficients), se = sqrt(drop(w %*% v %*% w))))
}

mantel_haenszel <- function(d) {
  d$alliance <- factor(d$alliance, c("enhanced", "limited")); d$ifc <- factor(d$ifc, c("active", "sham"))
  d$responder <- factor(d$responder, c(1, 0))
  one <- function(table) { m <- mantelhaen.test(table, correct = FALSE)
    list(common_or = unname(m$estimate), lower = m$conf.int[1], upper = m$conf.int[2],
      chi2 = unname(m$statistic), p = m$p.value) }
  site <- interaction
  list(plain = list(alliance = one(table(d$responder, d$alliance, d$ifc)),
                    ifc = one(table(d$responder, d$ifc, d$alliance))),
       site = list(alliance = one(table(d$responder, d$alliance, site(d$ifc, d$site))),
                   ifc = one(table(d$responder, d$ifc, site(d$alliance, d$site)))))
}

proportional_odds <- function(d, names) {
  y <- factor(d$global_effect, ordered = TRUE)
  x <- design(d)[, -1]; z <- as.matrix(d[, names, drop = FALSE])
  fit <- function(x) { x <- as.data.frame(x); names(x) <- paste0("x", seq_along(x))
    polr(y ~ ., data = x, Hess = TRUE, control = list(reltol = 1e-16, maxit = 5000)) }
  z <- scale(z); full <- fit(cbind(x, z)); v <- vcov(full)[1:3, 1:3]
  lapply(weights, function(w) { w <- w[-1]
    held <- fit(cbind(x %*% without(w), z))
    list(estimate = sum(w * coef(full)[1:3]), se = sqrt(drop(w %*% v %*% w)),
      chi2 = deviance(held) - deviance(full)) })
}

out <- list(versions = list(R = R.version.string, MASS = as.character(packageVersion("MASS"))))
for (name in c("n60", "n117")) {
  d <- read.csv(sprintf("../data/responder_%s.csv", name))
  # A perceived effect on 0-10 that goes with the fall of pain.
  d$global_effect <- pmin(10, pmax(0, round(4 + (d$baseline - d$outcome) / 8)))
  if (name == "n60") d$global_effect <- floor(d$global_effect * 7 / 11)
  write.csv(d[, c("alliance", "ifc", "baseline", "age", "pcs", "site", "global_effect")],
    sprintf("../data/global_effect_%s.csv", name), row.names = FALSE, quote = FALSE)
  out[[name]] <- list(
    odds_ratio = list(list(covariates = list(), contrasts = odds_ratio(d, character())),
                      list(covariates = list("baseline", "age", "pcs"),
                           contrasts = odds_ratio(d, c("baseline", "age", "pcs")))),
    risk_ratio = risk_ratio(d), mantel_haenszel = mantel_haenszel(d),
    proportional_odds = list(list(covariates = list(), contrasts = proportional_odds(d, character())),
                             list(covariates = list("baseline", "age"),
                                  contrasts = proportional_odds(d, c("baseline", "age")))))
  print(table(d$global_effect, paste(d$alliance, d$ifc)))
}
writeLines(toJSON(out, auto_unbox = TRUE, digits = NA, pretty = 1), "ratios.json")
