# Outcomes at three visits of patients who leave, imputed by arm by mice, each completed data set analysed by
# analysis of covariance: what 4,000 of them say together. From the folder of this file: Rscript visits.R
suppressMessages(library(mice))
set.seed(20250611)
n <- c(32, 30, 29, 33)
m <- 4000
arm <- rep(0:3, n)
alliance <- arm %/% 2
ifc <- arm %% 2
baseline <- rnorm(sum(n), 52, 15)
visit <- function(mean, before, slope, sd) mean + slope * (before - mean(before)) + rnorm(sum(n), 0, sd)
week_4 <- visit(45 - 6 * alliance - 3 * ifc, baseline, 0.5, 12)
week_8 <- visit(42 - 9 * alliance - 5 * ifc, week_4, 0.6 + 0.2 * ifc, 11)
outcome <- visit(40 - 10 * alliance - 6 * ifc, week_8, 0.7, 10)
# Who has more pain leaves more easily.
leaves <- function(y) runif(length(y)) < plogis(-2 + 0.04 * (y - 40))
left <- leaves(baseline - 10)
week_4[left] <- NA
left <- left | leaves(ifelse(left, 40, week_4))
week_8[left] <- NA
left <- left | leaves(ifelse(left, 40, week_8))
outcome[left] <- NA
data <- data.frame(id = seq_along(arm), alliance = c("limited", "enhanced")[1 + alliance],
                   ifc = c("sham", "active")[1 + ifc], baseline = baseline, week_4 = week_4,
                   week_8 = week_8, outcome = outcome)
data[4:7] <- round(data[4:7], 1)
write.csv(data, "../data/imputation_visits_n124.csv", row.names = FALSE, quote = FALSE, na = "")

# Each visit by those before; who lacks one lacks all later ones, so one round is enough.
variables <- c("baseline", "week_4", "week_8", "outcome")
before <- lower.tri(diag(4)) * 1
dimnames(before) <- list(variables, variables)
completed <- lapply(0:3, function(k) {
  own <- mice(data[arm == k, variables], m = m, method = c("", "norm", "norm", "norm"), predictorMatrix = before,
              maxit = 1, printFlag = FALSE, seed = 100 + k)
  sapply(1:m, function(number) complete(own, number)$outcome)
})
weights <- rbind(alliance = c(-.5, -.5, .5, .5), ifc = c(-.5, .5, -.5, .5), interaction = c(1, -1, -1, 1),
                 alliance_at_sham = c(-1, 0, 1, 0), alliance_at_active = c(0, -1, 0, 1),
                 ifc_at_limited = c(-1, 1, 0, 0), ifc_at_enhanced = c(0, 0, -1, 1), joint = c(-1, 0, 0, 1))
X <- cbind(sapply(0:3, function(k) as.numeric(arm == k)), data$baseline)
inverse <- solve(crossprod(X))
scale <- rowSums((weights %*% inverse[1:4, 1:4]) * weights)
fit <- function(number) {
  y <- unlist(lapply(completed, function(of_arm) of_arm[, number]))
  b <- inverse %*% crossprod(X, y)
  c(weights %*% b[1:4], scale * sum((y - X %*% b)^2) / (sum(n) - 5))
}
all <- sapply(1:m, fit)
lines <- sapply(1:8, function(k) {
  q <- all[k, ]
  u <- all[8 + k, ]
  total <- mean(u) + (1 + 1 / m) * var(q)
  sprintf('    "%s": {"estimate": %.6f, "estimate_mcse": %.6f, "within": %.6f, "between": %.6f, "total": %.6f, "total_mcse": %.6f}',
          rownames(weights)[k], mean(q), sd(q) / sqrt(m), mean(u), var(q), total,
          sd(u + (q - mean(q))^2) / sqrt(m))
})
cat(sprintf('{\n  "data": "imputation_visits_n124.csv",\n  "computed_by": "R %s, mice %s: visits.R in this folder",\n',
            getRversion(), packageVersion("mice")),
    sprintf('  "imputations": %d,\n  "pooled": {\n%s\n  }\n}\n', m, paste(lines, collapse = ",\n")),
    sep = "", file = "imputation_visits_n124.json")
