# Reference values for tests/test_survival.py. Run: Rscript tests/reference/survival.R
# Writes survival.json beside this file, with the data sets, which are those of the package survival.

suppressMessages(library(survival))

methods <- c("log-log", "log", "plain")

data_set <- function(time, event, group, strata, horizons) {
  list(time = time, event = as.integer(event), group = as.integer(group),
       strata = as.integer(as.factor(strata)), horizons = horizons)
}

lung_known <- lung[!is.na(lung$ph.ecog), ]
death <- colon[colon$etype == 2 & colon$rx != "Lev", ]
data_sets <- list(
  lung = with(lung_known, data_set(time, status == 2, sex == 2, ph.ecog, c(180, 365, 700))),
  veteran = with(veteran, data_set(time, status, trt == 2, celltype, c(60, 300))),
  ovarian = with(ovarian, data_set(futime, fustat, rx == 2, ecog.ps, c(450, 700))),
  # Its last patient with an event has the longest time of that arm, so that a horizon beyond it is allowed.
  leukaemia = with(aml, data_set(time, status, x == "Maintained", rep(1:2, length.out = 23), c(12, 40, 100))),
  colon = with(death, data_set(time, status, rx == "Lev+5FU", node4, c(1000, 2500))),
  breast = with(gbsg, data_set(rfstime, status, hormon == 1, grade, c(700, 1800))),
  rats = with(rats, data_set(time, status, rx == 1, sex, c(80, 100)))
)
# Curves that stand on a half exactly, between events, to their end, and at a limit of its interval.
flat <- list(
  list(time = c(1, 2, 3, 4), event = c(1, 1, 1, 1)),
  list(time = c(1, 2, 3, 4), event = c(1, 1, 0, 0)),
  list(time = c(2, 2, 5, 7, 9, 11), event = c(1, 0, 1, 0, 1, 1)),
  list(time = c(1, 1, 2, 3, 4, 4, 6, 8), event = c(1, 1, 1, 1, 0, 1, 0, 1))
)

curve <- function(time, event) {
  fits <- lapply(setNames(methods, methods), function(method) {
    survfit(Surv(time, event) ~ 1, conf.type = method)
  })
  fit <- summary(fits[["log"]], censored = TRUE)
  list(
    time = fit$time, at_risk = fit$n.risk, events = fit$n.event, censored = fit$n.censor,
    survival = fit$surv, standard_error = fit$std.err,
    intervals = lapply(fits, function(fit) list(lower = fit$lower, upper = fit$upper))
  )
}

quantiles <- function(time, event) {
  lapply(setNames(methods, methods), function(method) lapply(c(0.9, 0.95), function(level) {
    fit <- survfit(Surv(time, event) ~ 1, conf.type = method, conf.int = level)
    table <- unname(summary(fit)$table[c("median", paste0(level, "LCL"), paste0(level, "UCL"))])
    quarter <- quantile(fit, 0.25)
    list(confidence_level = level, median = table, quarter = unname(c(quarter$quantile, quarter$lower, quarter$upper)))
  }))
}

restricted_mean <- function(time, event, horizon) {
  fit <- survfit(Surv(time, event) ~ 1)
  unname(summary(fit, rmean = horizon)$table[c("rmean", "se(rmean)")])
}

followup <- function(time, event) {
  fit <- survfit(Surv(time, 1 - event) ~ 1, conf.type = "log-log")
  unname(summary(fit)$table[c("median", "0.95LCL", "0.95UCL")])
}

log_rank <- function(formula, data) {
  test <- survdiff(formula, data)
  list(statistic = test$chisq, p_value = pchisq(test$chisq, 1, lower.tail = FALSE),
       observed = as.vector(rowSums(as.matrix(test$obs))), expected = as.vector(rowSums(as.matrix(test$exp))),
       variance = test$var[2, 2])
}

cox <- function(formula, data, ties) {
  fit <- coxph(formula, data, ties = ties, eps = 1e-11, model = TRUE)
  tests <- summary(fit)
  list(
    log_hazard_ratio = unname(coef(fit)), standard_error = sqrt(vcov(fit)[1, 1]),
    null_log_likelihood = fit$loglik[1], log_likelihood = fit$loglik[2],
    score_statistic = unname(tests$sctest["test"]), score_p_value = unname(tests$sctest["pvalue"]),
    likelihood_ratio_statistic = unname(tests$logtest["test"]),
    likelihood_ratio_p_value = unname(tests$logtest["pvalue"]),
    wald_p_value = tests$coefficients[1, "Pr(>|z|)"],
    hazard_ratio_interval = unname(tests$conf.int[1, 3:4])
  )
}

proportional_hazards <- function(formula, data) {
  fit <- coxph(formula, data, eps = 1e-11, model = TRUE)
  transforms <- c("km", "rank", "identity", "log")
  lapply(setNames(transforms, transforms), function(transform) {
    unname(cox.zph(fit, transform = transform)$table["group", c("chisq", "p")])
  })
}

answers <- function(data, name) {
  plain <- Surv(time, event) ~ group
  stratified <- Surv(time, event) ~ group + strata(strata)
  rows <- data.frame(data[c("time", "event", "group", "strata")])
  arms <- lapply(0:1, function(group) {
    arm <- rows[rows$group == group, ]
    c(
      list(
        quantiles = quantiles(arm$time, arm$event), followup = followup(arm$time, arm$event),
        restricted_means = lapply(data$horizons, function(horizon) restricted_mean(arm$time, arm$event, horizon))
      ),
      if (name %in% c("lung", "veteran", "ovarian", "leukaemia")) list(curve = curve(arm$time, arm$event))
    )
  })
  list(
    data = data, arms = arms,
    plain = list(
      log_rank = log_rank(plain, rows), proportional_hazards = proportional_hazards(plain, rows),
      efron = cox(plain, rows, "efron"), breslow = cox(plain, rows, "breslow")
    ),
    stratified = list(
      log_rank = log_rank(stratified, rows), proportional_hazards = proportional_hazards(stratified, rows),
      efron = cox(stratified, rows, "efron"), breslow = cox(stratified, rows, "breslow")
    )
  )
}

# The docstrings' example.
example <- data.frame(time = 1:6, event = c(1, 1, 1, 1, 0, 1), group = c(0, 0, 1, 0, 1, 1))

# Times that differ in their last digit only: tenths of which each patient's are added up of other parts. The parts are whole, so
# that the file keeps them exactly.
tenths <- pmin(lung_known$time, 300)
parts <- list(first = (7 * seq_along(tenths)) %% tenths, event = as.integer(lung_known$status == 2),
              group = as.integer(lung_known$sex == 2), strata = as.integer(lung_known$ph.ecog))
parts$second <- tenths - parts$first
summed <- with(parts, data.frame(time = first / 10 + second / 10, event, group, strata))
exact <- length(unique(summed$time)) # before R ties them

script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
jsonlite::write_json(
  list(
    r = as.character(getRversion()),
    packages = list(survival = as.character(packageVersion("survival"))),
    data_sets = Map(answers, data_sets, names(data_sets)),
    flat = lapply(flat, function(data) c(data, list(quantiles = quantiles(data$time, data$event)))),
    last_digits = c(parts, list(
      exact = exact,
      curve = curve(summed$time, summed$event),
      log_rank = log_rank(Surv(time, event) ~ group + strata(strata), summed),
      efron = cox(Surv(time, event) ~ group, summed, "efron")
    )),
    example = list(
      efron = cox(Surv(time, event) ~ group, example, "efron"),
      log_rank = log_rank(Surv(time, event) ~ group, example),
      proportional_hazards = proportional_hazards(Surv(time, event) ~ group, example)
    )
  ),
  file.path(dirname(script), "survival.json"), digits = NA, auto_unbox = TRUE, na = "null"
)
