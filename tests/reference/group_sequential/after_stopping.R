# Reference values for what rpact's file does not have: Haybittle and Peto, binding futility, futility by
# spending, the stage-wise ordering, the plain estimate after stopping, conditional power.
#
#     Rscript tests/reference/group_sequential/after_stopping.R    (in this repository; needs mvtnorm, statmod, jsonlite)
#
# Up to three looks: probabilities of boxes by inclusion and exclusion of mvtnorm's TVPACK (Genz), which is
# good to 1e-14, roots by uniroot, moments by nested Gauss-Legendre rules. No densities are carried from look to look.

library(mvtnorm)
library(jsonlite)
rule <- statmod::gauss.quad(32)

orthant <- function(upper, mean, sigma) {
  if (any(upper == -Inf)) return(0)
  keep <- is.finite(upper)
  if (!any(keep)) return(1)
  upper <- upper[keep] - mean[keep]
  if (length(upper) == 1) return(pnorm(upper))
  sigma <- sigma[keep, keep]
  as.numeric(pmvnorm(upper = upper, corr = sigma, algorithm = TVPACK(1e-14)))
}

# P(lower < Z < upper), Z of mean drift * sqrt(t) and correlations sqrt(s / t).
box <- function(lower, upper, t, drift) {
  n <- length(lower)
  t <- t[seq_len(n)]
  sigma <- outer(t, t, function(a, b) sqrt(pmin(a, b) / pmax(a, b)))
  total <- 0
  for (corner in 0:(2^n - 1)) {
    low <- bitwAnd(corner, 2^(seq_len(n) - 1)) > 0
    total <- total + (-1)^sum(low) * orthant(ifelse(low, lower, upper), drift * sqrt(t), sigma)
  }
  total
}

# Reaching look k with Z between a and b; the trial goes on between lower and upper.
reach <- function(k, a, b, d, drift) {
  before <- seq_len(k - 1)
  box(c(d$lower[before], a), c(d$upper[before], b), d$t, drift)
}
root <- function(f, low, high) uniroot(f, c(low, high), tol = 1e-14, maxiter = 500)$root

obrien_fleming <- function(level) function(t) ifelse(t >= 1, level, 2 * pnorm(-qnorm(1 - level / 2) / sqrt(t)))
hwang <- function(level, gamma) function(t) level * (1 - exp(-gamma * t)) / (1 - exp(-gamma))

# Critical values: `given` at interim looks, else what `spend` allows; futility if it binds.
critical <- function(t, level, spend, given = NULL, sided = 1, futility = NULL) {
  d <- list(t = t, lower = NULL, upper = NULL)
  spent <- 0
  for (k in seq_along(t)) {
    last <- k == length(t)
    target <- if (last) level - spent else if (is.null(given)) spend(t[k]) - spent
    c <- if (!last && !is.null(given)) given else
      root(function(c) reach(k, c, Inf, d, 0) - target, 0.5, 6)
    spent <- spent + reach(k, c, Inf, d, 0)
    d$lower <- c(d$lower, if (sided == 2) -c else if (last) c else if (is.null(futility)) -Inf else futility[k])
    d$upper <- c(d$upper, c)
  }
  d
}

# Critical values and futility by spending, at the drift where they meet.
futility_spent <- function(t, spend, level, miss, power, binding) {
  one <- function(drift) {
    null <- d <- list(t = t, lower = NULL, upper = NULL)
    spent <- missed <- 0
    for (k in seq_along(t)) {
      c <- root(function(c) reach(k, c, Inf, null, 0) - (spend(t[k]) - spent), -1, 6)
      f <- root(function(f) reach(k, -Inf, f, d, drift) - (miss(t[k]) - missed), -4, 6)
      spent <- spent + reach(k, c, Inf, null, 0)
      missed <- missed + reach(k, -Inf, f, d, drift)
      null$lower <- c(null$lower, if (binding) f else -Inf)
      d$lower <- c(d$lower, f)
      null$upper <- d$upper <- c(d$upper, c)
    }
    list(d = d, excess = f - c)
  }
  fixed <- qnorm(1 - level) + qnorm(power)
  drift <- root(function(drift) one(drift)$excess, fixed * 1.0001, fixed * 1.25)
  found <- one(drift)$d
  list(critical = found$upper, futility = head(found$lower, -1), drift = drift)
}

stage_wise <- function(d, sided, k, z, level) {
  favour <- function(drift) {
    earlier <- sapply(seq_len(k - 1), function(j) reach(j, d$upper[j], Inf, d, drift))
    sum(unlist(earlier)) + reach(k, z, Inf, d, drift)
  }
  drift <- function(p) root(function(x) favour(x) - p, -9, 12)
  p <- favour(0)
  miss <- (1 - level) / 2
  list(look = k, z = z, p = if (sided == 2) 2 * min(p, 1 - p) else p,
       median = drift(.5), low = drift(miss), high = drift(1 - miss))
}

# Moments of Z / sqrt(t) where it stops, by integrals over the looks before.
naive <- function(d, drift) {
  t <- d$t
  dz <- function(z, k, before) {
    s <- if (k > 1) t[k - 1] else 0
    mean <- (if (k > 1) before * sqrt(s) else 0) + drift * (t[k] - s)
    dnorm(z * sqrt(t[k]), mean, sqrt(t[k] - s)) * sqrt(t[k])
  }
  int <- function(f, a, b) {
    if (a >= b) return(0)
    edges <- seq(max(a, -9), min(b, 13), length.out = 9)
    half <- (edges[2] - edges[1]) / 2
    middle <- head(edges, -1) + half
    sum(sapply(middle, function(m) sum(rule$weights * sapply(m + half * rule$nodes, f)))) * half
  }
  tails <- function(k, f) int(f, d$upper[k], Inf) + if (d$lower[k] > -9) int(f, -Inf, d$lower[k]) else 0
  # At the last look of three, or wherever the trial stops: moments given the look before.
  at <- function(k, before, power, last) if (last) {
    s <- t[k - 1]
    mean <- (before * sqrt(s) + drift * (t[k] - s)) / t[k]
    if (power == 1) mean else mean^2 + (t[k] - s) / t[k]^2
  } else tails(k, function(z) (z / sqrt(t[k]))^power * dz(z, k, before))
  whole <- function(power) {
    total <- at(1, 0, power, FALSE)
    total + int(function(z1) dz(z1, 1, 0) * (at(2, z1, power, FALSE) +
      int(function(z2) dz(z2, 2, z1) * at(3, z2, power, TRUE), d$lower[2], d$upper[2])), d$lower[1], d$upper[1])
  }
  q <- qnorm(.975)
  covered <- 0
  for (k in seq_along(t)) {
    ends <- drift * sqrt(t[k]) + c(-q, q)
    up <- if (k == length(t)) -Inf else d$upper[k]
    down <- if (k == length(t)) -Inf else d$lower[k]
    if (max(up, ends[1]) < ends[2]) covered <- covered + reach(k, max(up, ends[1]), ends[2], d, drift)
    if (min(down, ends[2]) > ends[1]) covered <- covered + reach(k, ends[1], min(down, ends[2]), d, drift)
  }
  mean <- whole(1)
  list(drift = drift, mean = mean, variance = whole(2) - mean^2, coverage = covered)
}

# P(a benefit at looks 2 or 3 | Z at look 1).
conditional <- function(d, z, drift) {
  t <- d$t - d$t[1]
  s <- z * sqrt(d$t[1])
  scaled <- list(t = t[2:3], lower = (d$lower * sqrt(d$t) - s)[2:3] / sqrt(t[2:3]),
                 upper = (d$upper * sqrt(d$t) - s)[2:3] / sqrt(t[2:3]))
  reach(1, scaled$upper[1], Inf, scaled, drift) + reach(2, scaled$upper[2], Inf, scaled, drift)
}

one_design <- function(name, d, sided, results, level = .95) {
  list(design = name, critical = d$upper, futility = if (sided == 1) head(d$lower, -1) else c(-Inf, -Inf),
       results = lapply(results, function(r) stage_wise(d, sided, r[1], r[2], level)),
       naive = lapply(c(0, 1.5, 3), function(drift) naive(d, drift)),
       conditional = lapply(c(-1, .5, 2), function(z) list(z = z, drift = 2.5, power = conditional(d, z, 2.5),
                                                          rejection = conditional(d, z, 0))))
}

thirds <- c(1, 2, 3) / 3
uneven <- c(.25, .6, 1)
out <- list(
  versions = list(R = R.version.string, mvtnorm = as.character(packageVersion("mvtnorm"))),
  designs = list(
    one_design("asOF", critical(thirds, .025, obrien_fleming(.025)), 1,
               list(c(1, 4), c(2, 2.8), c(3, 1.5), c(3, 2.3))),
    one_design("HP3", critical(uneven, .025, NULL, given = 3), 1, list(c(1, 3.1), c(2, 3.5), c(3, 2), c(3, -1))),
    one_design("asHSD1 two-sided", critical(thirds, .025, hwang(.025, 1), sided = 2), 2,
               list(c(1, 2.6), c(2, -2.7), c(3, 1), c(3, 2.2))),
    one_design("asHSD-4 binding", critical(uneven, .025, hwang(.025, -4), futility = c(0, .5)), 1,
               list(c(1, -.2), c(2, .3), c(2, 2.9), c(3, 1.2)))),
  futility_spent = list(
    c(list(binding = FALSE, power = .9),
      futility_spent(uneven, obrien_fleming(.025), .025, hwang(.1, -2), .9, FALSE)),
    c(list(binding = TRUE, power = .8),
      futility_spent(uneven, hwang(.025, -4), .025, obrien_fleming(.2), .8, TRUE))))
write(toJSON(out, digits = 15, auto_unbox = TRUE, na = "null", pretty = TRUE),
      "tests/reference/group_sequential/after_stopping.json")
