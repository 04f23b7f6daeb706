# Reference values for tests/test_proportions.py. Run: Rscript tests/reference/proportions.R
# Writes proportions.json beside this file. Needs base R and metafor.

suppressMessages(library(metafor))

json <- function(x) {
  if (is.list(x)) {
    items <- vapply(x, json, "")
    if (is.null(names(x))) return(sprintf("[\n%s\n]", paste(items, collapse = ",\n")))
    return(sprintf("{%s}", paste(sprintf('"%s": %s', names(x), items), collapse = ", ")))
  }
  items <- if (is.character(x)) sprintf('"%s"', x) else ifelse(is.finite(x), sprintf("%.17g", x), "null")
  if (length(x) == 1) items else sprintf("[%s]", paste(items, collapse = ", "))
}

wilson <- function(count, nobs, level) {
  # prop.test warns of small expected counts, which concern its P value and not its interval.
  as.numeric(suppressWarnings(prop.test(count, nobs, conf.level = level, correct = FALSE))$conf.int)
}

intervals <- function(count, nobs, level) {
  p <- count / nobs
  z <- qnorm((1 + level) / 2)
  tails <- c((1 - level) / 2, (1 + level) / 2)
  centre <- (count + z^2 / 2) / (nobs + z^2)
  unit <- function(limits) pmin(pmax(limits, 0), 1)
  jeffreys <- qbeta(tails, count + 0.5, nobs - count + 0.5)
  if (count == 0) jeffreys[1] <- 0
  if (count == nobs) jeffreys[2] <- 1
  list(
    count = count, nobs = nobs, confidence_level = level,
    "clopper-pearson" = as.numeric(binom.test(count, nobs, conf.level = level)$conf.int),
    wilson = wilson(count, nobs, level),
    wald = unit(p + c(-z, z) * sqrt(p * (1 - p) / nobs)),
    "agresti-coull" = unit(centre + c(-z, z) * sqrt(centre * (1 - centre) / (nobs + z^2))),
    jeffreys = jeffreys
  )
}

newcombe <- function(count1, nobs1, count2, nobs2, level) {
  p1 <- count1 / nobs1
  p2 <- count2 / nobs2
  first <- wilson(count1, nobs1, level)
  second <- wilson(count2, nobs2, level)
  p1 - p2 + c(-sqrt((p1 - first[1])^2 + (second[2] - p2)^2),
              sqrt((first[2] - p1)^2 + (p2 - second[1])^2))
}

ratio <- function(measure, count1, nobs1, count2, nobs2, level) {
  # add = 0, to = "none": no continuity correction.
  log_ratio <- suppressWarnings(escalc(measure, ai = count1, n1i = nobs1, ci = count2, n2i = nobs2,
                                       add = 0, to = "none"))
  z <- qnorm((1 + level) / 2)
  as.numeric(exp(log_ratio$yi + c(0, -z, z) * sqrt(log_ratio$vi)))
}

comparison <- function(count1, nobs1, count2, nobs2, level) {
  table <- rbind(c(count1, nobs1 - count1), c(count2, nobs2 - count2))
  chi_square <- function(correct) {
    suppressWarnings(prop.test(c(count1, count2), c(nobs1, nobs2), correct = correct))$p.value
  }
  # mantelhaen.test refuses a single stratum; a second one without events adds exactly nothing.
  strata <- array(c(table, c(0, 0, 1, 1)), c(2, 2, 2))
  list(
    count1 = count1, nobs1 = nobs1, count2 = count2, nobs2 = nobs2, confidence_level = level,
    "chi-square" = chi_square(FALSE),
    "chi-square-corrected" = chi_square(TRUE),
    fisher = fisher.test(table)$p.value,
    "mantel-haenszel" = mantelhaen.test(strata, correct = FALSE)$p.value,
    "risk-difference" = c(count1 / nobs1 - count2 / nobs2, newcombe(count1, nobs1, count2, nobs2, level)),
    "risk-ratio" = ratio("RR", count1, nobs1, count2, nobs2, level),
    "odds-ratio" = ratio("OR", count1, nobs1, count2, nobs2, level)
  )
}

standardized <- function(counts1, counts2) {
  # From one row a patient, so that means and covariances come from data and not from a formula.
  dummies <- function(counts) {
    level <- factor(rep(seq_along(counts), counts), levels = seq_along(counts))
    model.matrix(~level)[, -1, drop = FALSE]
  }
  first <- cov.wt(dummies(counts1), method = "ML")
  second <- cov.wt(dummies(counts2), method = "ML")
  list(
    counts1 = counts1, counts2 = counts2,
    difference = sqrt(as.numeric(mahalanobis(first$center, second$center, (first$cov + second$cov) / 2)))
  )
}

arms <- list(c(282, 360), c(259, 362), c(42, 360), c(24, 362), c(9, 360), c(3, 362), c(0, 361),
             c(1, 359), c(97, 361), c(78, 359), c(1, 10), c(0, 10), c(10, 10))
pairs <- list(c(282, 360, 259, 362), c(42, 360, 24, 362), c(9, 360, 3, 362), c(0, 361, 1, 359),
              c(97, 361, 78, 359), c(56, 70, 48, 80), c(9, 10, 3, 10))
levels <- c(0.95, 0.9)

cases <- function(items, compute) {
  unlist(lapply(levels, function(level) {
    lapply(items, function(item) do.call(compute, c(as.list(item), level)))
  }), recursive = FALSE)
}

script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
writeLines(json(list(
  r = as.character(getRversion()),
  packages = list(metafor = as.character(packageVersion("metafor"))),
  intervals = cases(arms, intervals),
  comparisons = cases(pairs, comparison),
  standardized_differences = list(
    standardized(c(50, 30, 20), c(40, 30, 30)),
    standardized(c(10, 0, 5, 85), c(20, 15, 0, 70)),
    standardized(c(1, 40, 9), c(0, 45, 5)),
    standardized(c(56, 14), c(48, 32)),
    standardized(c(3, 357), c(9, 353))
  )
)), file.path(dirname(script), "proportions.json"))
