# Reference values for tests/test_meta_analysis.py. Run: Rscript tests/reference/meta_analysis.R
# Writes meta_analysis.json beside this file. Needs metafor, which brings the data sets (metadat).

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

# Iterations go to the last digit: metafor's defaults stop at five digits.
exact <- list(tol = 1e-14, threshold = 1e-14, maxiter = 10000, tau2.max = 1000)

pooled <- function(estimates, standard_errors, method) {
  fit <- function(test = "z", level = 95)
    rma(yi = estimates, sei = standard_errors, method = method, test = test, level = level,
        control = exact[if (method == "REML") c("threshold", "maxiter") else c("tol", "maxiter", "tau2.max")])
  normal <- fit(); narrower <- fit(level = 90); knapp <- fit("knha"); floored <- fit("adhoc")
  ends <- function(x) c(x$ci.lb, x$ci.ub)
  prediction <- function(x, ...) { p <- predict(x, ...); c(p$pi.lb, p$pi.ub) }
  result <- list(
    estimate = as.numeric(normal$b), standard_error = normal$se,
    weights = as.numeric(weights(normal)) / 100,
    q = normal$QE, degrees_of_freedom = normal$k - 1, q_p_value = normal$QEp,
    i_squared = normal$I2 / 100, tau_squared = normal$tau2,
    interval_95 = ends(normal), interval_90 = ends(narrower),
    hartung_knapp_95 = ends(knapp), hartung_knapp_floored_95 = ends(floored)
  )
  if (method != "FE") {
    result$prediction_normal <- prediction(normal)
    result$prediction_t_k_1 <- prediction(normal, pi.type = "t")
    # Of two studies metafor takes one degree of freedom where the convention leaves none.
    result$prediction_t_k_2 <- if (normal$k > 2) prediction(normal, pi.type = "riley") else c(NA, NA)
    result$prediction_t_k_1_hartung_knapp <- prediction(knapp)
  }
  result
}

heterogeneity <- function(estimates, standard_errors) {
  found <- confint(rma(yi = estimates, sei = standard_errors, method = "DL"),
                   control = list(tol = 1e-14, maxiter = 10000, tau2.max = 1000))$random
  list(tau_squared = as.numeric(found["tau^2", c("ci.lb", "ci.ub")]),
       i_squared = as.numeric(found["I^2(%)", c("ci.lb", "ci.ub")]) / 100)
}

sequences <- function(estimates, standard_errors) {
  fit <- rma(yi = estimates, sei = standard_errors, method = "DL")
  parts <- function(x) list(estimates = as.numeric(x$estimate), standard_errors = as.numeric(x$se),
                            tau_squared = as.numeric(x$tau2))
  list(leave_one_out = parts(leave1out(fit)), cumulative = parts(cumul(fit)))
}

pools <- function(estimates, standard_errors) {
  estimates <- as.numeric(estimates); standard_errors <- as.numeric(standard_errors)
  list(
    estimates = estimates, standard_errors = standard_errors,
    "fixed_effect" = pooled(estimates, standard_errors, "FE"),
    "dersimonian-laird" = pooled(estimates, standard_errors, "DL"),
    "paule-mandel" = pooled(estimates, standard_errors, "PM"),
    "reml" = pooled(estimates, standard_errors, "REML"),
    heterogeneity = heterogeneity(estimates, standard_errors),
    sequences = sequences(estimates, standard_errors)
  )
}

# Bayesian random effects: half-normal prior of tau, flat prior of the mean; everything by adaptive quadrature.
bayes <- function(estimates, standard_errors, scale) {
  at <- function(tau) {
    w <- 1 / (standard_errors^2 + tau^2); m <- sum(w * estimates) / sum(w)
    c(m, 1 / sum(w), prod(dnorm(estimates, m, sqrt(1 / w))) / sqrt(sum(w)) * 2 * dnorm(tau, 0, scale))
  }
  whole <- function(f, upper = 12 * scale) {
    cuts <- unique(c(seq(0, min(upper, 3 * scale), length.out = 60), upper))
    sum(vapply(seq_len(length(cuts) - 1), function(i)
      integrate(Vectorize(f), cuts[i], cuts[i + 1], rel.tol = 1e-12, abs.tol = 0, subdivisions = 2000)$value, 0))
  }
  total <- whole(function(tau) at(tau)[3])
  root <- function(f, lower, upper) uniroot(f, c(lower, upper), tol = 1e-13, maxiter = 10000)$root
  below <- function(x, spread) whole(function(tau) {
    v <- at(tau); v[3] * pnorm(x, v[1], sqrt(v[2] + spread * tau^2)) }) / total
  quantiles <- function(spread) vapply(c(0.5, 0.025, 0.975), function(p)
    root(function(x) below(x, spread) - p, -12, 12), 0)
  first <- whole(function(tau) at(tau)[3] * at(tau)[1]) / total
  second <- whole(function(tau) { v <- at(tau); v[3] * (v[2] + v[1]^2) }) / total
  list(
    estimates = estimates, standard_errors = standard_errors, prior_scale = scale,
    mean = first, standard_deviation = sqrt(second - first^2), mean_effect = quantiles(0), prediction = quantiles(1),
    probability_below_0 = below(0, 0),
    tau = vapply(c(0.5, 0.025, 0.975), function(p)
      root(function(t) whole(function(tau) at(tau)[3], t) / total - p, 1e-6, 8 * scale), 0)
  )
}

# The star network as weighted least squares, and as a mixed model of metafor without heterogeneity.
star <- function(treatments, estimates, standard_errors) {
  named <- factor(treatments, levels = unique(treatments))
  fit <- lm(estimates ~ 0 + named, weights = 1 / standard_errors^2)
  variances <- summary(fit)$cov.unscaled
  mixed <- rma.mv(estimates, standard_errors^2, mods = ~ 0 + named)
  stopifnot(max(abs(coef(fit) - coef(mixed))) < 1e-12, max(abs(variances - vcov(mixed))) < 1e-12)
  effects <- c(coef(fit), 0); n <- length(effects)
  covariance <- rbind(cbind(variances, 0), 0)
  errors <- sqrt(outer(diag(covariance), diag(covariance), "+") - 2 * covariance)
  differences <- outer(effects, effects, "-")
  better <- pnorm(-differences / errors); diag(better) <- 0
  sds <- sqrt(diag(covariance))
  # Probability of each order of the treatments by nested integration over the independent normals, summed by rank.
  ranks <- sapply(seq_len(n), function(rank) sapply(seq_len(n), function(i) {
    others <- setdiff(seq_len(n), i)
    exactly <- function(x) sum(apply(combn(c(others, 0), rank - 1), 2, function(chosen) {
      if (any(chosen == 0)) return(0)
      p <- ifelse(sds[others] > 0, pnorm(x, effects[others], sds[others]), as.numeric(x > 0))
      prod(ifelse(others %in% chosen, p, 1 - p)) }))
    if (sds[i] == 0) return(exactly(0))
    f <- Vectorize(function(x) exactly(x) * dnorm(x, effects[i], sds[i]))
    cuts <- sort(unique(c(0, effects[i] + sds[i] * seq(-9, 9, 0.5))))
    sum(vapply(seq_len(length(cuts) - 1), function(j)
      integrate(f, cuts[j], cuts[j + 1], rel.tol = 1e-11, abs.tol = 1e-16)$value, 0))
  }))
  list(treatments = treatments, estimates = estimates, standard_errors = standard_errors,
       effects = as.numeric(effects), errors = as.numeric(sds),
       differences = lapply(seq_len(n), function(i) as.numeric(differences[i, ])),
       difference_errors = lapply(seq_len(n), function(i) as.numeric(errors[i, ])),
       p_scores = as.numeric(rowSums(better) / (n - 1)),
       ranks = lapply(seq_len(n), function(i) as.numeric(ranks[i, ])))
}

# The test between subgroups, as a moderator of metafor.
subgroups <- function(estimates, standard_errors) {
  fit <- rma(estimates, sei = standard_errors, mods = ~ factor(seq_along(estimates)), method = "FE")
  list(estimates = estimates, standard_errors = standard_errors, q = fit$QM, p_value = fit$QMp,
       difference = -as.numeric(coef(fit)[2]), standard_error = fit$se[2])
}

binary <- function(measure, a, n1, c, n2) {
  found <- escalc(measure, ai = a, n1i = n1, ci = c, n2i = n2)
  zero <- a == 0 | c == 0 | a == n1 | c == n2
  list(measure = measure, count1 = a, nobs1 = n1, count2 = c, nobs2 = n2, corrected = as.numeric(zero),
       estimates = as.numeric(found$yi), standard_errors = sqrt(found$vi))
}

mantel_haenszel <- function(a, n1, c, n2) {
  found <- rma.mh(ai = a, n1i = n1, ci = c, n2i = n2, measure = "RR")
  list(count1 = a, nobs1 = n1, count2 = c, nobs2 = n2, estimate = as.numeric(found$beta), standard_error = found$se)
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

# Classic data sets that nothing was tuned on: standardised differences, rate ratios, odds ratios with empty cells, hazard ratios
# from observed less expected deaths, and very unequal studies.
of <- function(found) { found <- found[!is.na(found$yi), ]; pools(found$yi, sqrt(found$vi)) }
without_double_zeros <- function(d) d[d$ai + d$ci > 0 & d$ai + d$ci < d$n1i + d$n2i, ]
nielweise <- without_double_zeros(dat.nielweise2007)
magnesium <- without_double_zeros(dat.li2007)
preeclampsia <- with(dat.collins1985a, data.frame(ai = d.xti, n1i = nti, ci = d.xci, n2i = nci))
preeclampsia <- without_double_zeros(preeclampsia[complete.cases(preeclampsia), ])
classic <- list(
  normand1999 = of(escalc("SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i,
                            data = dat.normand1999)),
  hart1999 = of(escalc("IRR", x1i = x1i, x2i = x2i, t1i = t1i, t2i = t2i, data = dat.hart1999)),
  raudenbush1985 = of(dat.raudenbush1985),
  hackshaw1998 = of(dat.hackshaw1998),
  nielweise2007 = of(escalc("OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = nielweise)),
  li2007 = of(escalc("OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = magnesium)),
  collins1985 = of(escalc("RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = preeclampsia)),
  pignon2000 = with(dat.pignon2000, pools(OmE / V, sqrt(1 / V)))
)

# Stars cut out of networks: the studies that compare with the common comparator, each pair of arms a study.
star_of_arms <- function(arms, comparator, effect) {
  rows <- do.call(rbind, lapply(split(arms, arms$study), function(one) {
    base <- one[one$treatment == comparator, ]
    other <- one[one$treatment != comparator, ]
    if (nrow(base) != 1 || nrow(other) != 1) return(NULL)
    found <- effect(other, base)
    data.frame(treatment = as.character(other$treatment), yi = as.numeric(found$yi), sei = sqrt(as.numeric(found$vi)))
  }))
  star(rows$treatment, rows$yi, rows$sei)
}
diabetes <- star_of_arms(dat.senn2013, "placebo", function(a, b)
  escalc("MD", m1i = a$mi, sd1i = a$sdi, n1i = a$ni, m2i = b$mi, sd2i = b$sdi, n2i = b$ni))
smoking <- transform(dat.hasselblad1998, treatment = trt)
smoking <- star_of_arms(smoking, "no_contact", function(a, b)
  escalc("OR", ai = a$xi, n1i = a$ni, ci = b$xi, n2i = b$ni))

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
    two_discordant = pools(c(-0.5, 0.3), c(0.1, 0.2)),
    bcg = pools(bcg$yi, sqrt(bcg$vi))
  ),
  classic = classic,
  bayes = list(
    bayes(c(-0.30, -0.37, -0.36), c(0.12, 0.10, 0.10), 0.5),
    bayes(c(-0.30, -0.37, -0.36, -0.99), c(0.12, 0.10, 0.10, 0.17), 0.5),
    bayes(c(-0.30, -0.37, -0.36, -0.99), c(0.12, 0.10, 0.10, 0.17), 0.1),
    bayes(as.numeric(bcg$yi), sqrt(as.numeric(bcg$vi)), 1)
  ),
  stars = list(
    star(c("A", "B", "C"), c(-0.30, -0.37, -0.36), c(0.12, 0.10, 0.10)),
    star(c("A", "B", "C", "D"), c(-0.30, -0.37, -0.36, -0.99), c(0.12, 0.10, 0.10, 0.17)),
    star(c("A", "B", "A", "B", "C"), c(-0.30, 0.2, -0.51, 0.3, 0.05), c(0.12, 0.1, 0.24, 0.3, 0.02)),
    diabetes, smoking
  ),
  subgroups = list(
    subgroups(c(log(0.543), log(0.640)), c(0.268, 0.167)),
    subgroups(c(-0.6, -0.1, 0.3), c(0.2, 0.1, 0.3))
  ),
  binary = do.call(c, lapply(c("RR", "OR", "RD"), function(measure) list(
    binary(measure, c(282, 32, 0, 5, 12), c(360, 57, 20, 10, 12), c(259, 18, 3, 0, 7), c(362, 58, 20, 10, 11)),
    with(nielweise, binary(measure, ai, n1i, ci, n2i)), with(magnesium, binary(measure, ai, n1i, ci, n2i)),
    with(preeclampsia, binary(measure, ai, n1i, ci, n2i))))),
  mantel_haenszel = list(
    mantel_haenszel(c(282, 32), c(360, 57), c(259, 18), c(362, 58)),
    with(dat.bcg, mantel_haenszel(tpos, tpos + tneg, cpos, cpos + cneg)),
    with(nielweise, mantel_haenszel(ai, n1i, ci, n2i)), with(magnesium, mantel_haenszel(ai, n1i, ci, n2i)),
    mantel_haenszel(c(0, 4), c(20, 30), c(3, 6), c(20, 31)))
)), file.path(dirname(script), "meta_analysis.json"))
