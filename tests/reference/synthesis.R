# Reference values for tests/test_synthesis.py. Run: Rscript tests/reference/synthesis.R
# Writes synthesis.json beside this file. Needs metafor, which brings dat.bcg.

suppressMessages(library(metafor))

json <- function(x) {
  if (is.list(x)) {
    items <- vapply(x, json, "")
    if (is.null(names(x))) return(sprintf("[\n%s\n]", paste(items, collapse = ",\n")))
    return(sprintf("{%s}", paste(sprintf('"%s": %s', names(x), items), collapse = ",\n")))
  }
  items <- if (is.character(x)) sprintf('"%s"', x) else ifelse(is.finite(x), sprintf("%.17g", x), "null")
  if (length(x) == 1) items else sprintf("[%s]", paste(items, collapse = ", "))
}

pooled <- function(estimates, standard_errors, method) {
  fit <- rma(yi = estimates, sei = standard_errors, method = method)
  narrower <- rma(yi = estimates, sei = standard_errors, method = method, level = 90)
  list(
    estimate = as.numeric(fit$b), standard_error = fit$se,
    weights = as.numeric(weights(fit)) / 100,
    q = fit$QE, degrees_of_freedom = fit$k - 1, q_p_value = fit$QEp,
    i_squared = fit$I2 / 100, tau_squared = fit$tau2,
    interval_95 = c(fit$ci.lb, fit$ci.ub), interval_90 = c(narrower$ci.lb, narrower$ci.ub)
  )
}

pools <- function(estimates, standard_errors) {
  list(
    estimates = as.numeric(estimates), standard_errors = as.numeric(standard_errors),
    fixed_effect = pooled(estimates, standard_errors, "FE"),
    random_effects = pooled(estimates, standard_errors, "DL")
  )
}

from_intervals <- function(hazard_ratio, lower, upper) {
  standard_errors <- (log(upper) - log(lower)) / (2 * qnorm(0.975))
  c(list(hazard_ratios = hazard_ratio, lower = lower, upper = upper),
    pools(log(hazard_ratio), standard_errors))
}

standard_error_at <- function(level) {
  list(
    hazard_ratio = 0.74, lower = 0.59, upper = 0.94, confidence_level = level,
    log_hazard_ratio = log(0.74),
    standard_error = (log(0.94) - log(0.59)) / (2 * qnorm((1 + level) / 2))
  )
}

from_p_value <- function(hazard_ratio, p_value, sides) {
  list(
    hazard_ratio = hazard_ratio, p_value = p_value, sides = sides, log_hazard_ratio = log(hazard_ratio),
    standard_error = abs(log(hazard_ratio)) / qnorm(p_value / sides, lower.tail = FALSE)
  )
}

bcg <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)

script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
writeLines(json(list(
  r = as.character(getRversion()),
  packages = list(
    metafor = as.character(packageVersion("metafor")),
    metadat = as.character(packageVersion("metadat"))
  ),
  standard_errors = lapply(c(0.95, 0.954, 0.976, 0.5), standard_error_at),
  p_values = list(from_p_value(0.939, 0.495, 2), from_p_value(0.7, 0.0118, 1), from_p_value(1.4, 1e-12, 2)),
  pools = list(
    three_trials = from_intervals(c(0.74, 0.69, 0.70), c(0.59, 0.57, 0.57), c(0.94, 0.83, 0.85)),
    with_pollux = from_intervals(c(0.74, 0.69, 0.70, 0.37), c(0.59, 0.57, 0.57, 0.27),
                                 c(0.94, 0.83, 0.85, 0.52)),
    bcg = pools(bcg$yi, sqrt(bcg$vi))
  )
)), file.path(dirname(script), "synthesis.json"))
