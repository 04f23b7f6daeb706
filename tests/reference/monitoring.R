# Reference values for tests/test_monitoring.py. Run: Rscript tests/reference/monitoring.R
# Writes monitoring.json beside this file. Needs rpact (boundaries, inflation, events, stage-wise probabilities) and mvtnorm
# (the same probabilities from the multivariate normal distribution of the Zs, and those of what is still to come).

suppressMessages({
  library(rpact)
  library(mvtnorm)
})

json <- function(x) {
  if (is.list(x)) {
    items <- vapply(x, json, "")
    if (is.null(names(x))) return(sprintf("[\n%s\n]", paste(items, collapse = ",\n")))
    return(sprintf("{%s}", paste(sprintf('"%s": %s', names(x), items), collapse = ",\n")))
  }
  items <- if (is.character(x)) sprintf('"%s"', x) else ifelse(is.finite(x), sprintf("%.17g", x), "null")
  if (length(x) == 1) items else sprintf("[%s]", paste(items, collapse = ", "))
}

fractions <- list(
  1:4 / 4, 1:5 / 5, c(0.35, 1), c(0.1, 0.33, 1), c(0.4, 0.45, 0.9, 1), c(0.826, 1),
  c(0.15, 0.3, 0.42, 0.6, 0.73, 0.88, 1)
)
levels <- list(list(alpha = 0.05, sides = 2), list(alpha = 0.025, sides = 1), list(alpha = 0.01, sides = 2))
spendings <- list(
  list(type = "asOF", spending = "obrien-fleming", gamma = -4),
  list(type = "asP", spending = "pocock", gamma = -4),
  list(type = "asHSD", spending = "hwang-shih-decani", gamma = -4),
  list(type = "asHSD", spending = "hwang-shih-decani", gamma = 1.5)
)

design <- function(type, rates, level, power, ...) {
  getDesignGroupSequential(
    kMax = length(rates), informationRates = rates, alpha = level$alpha, sided = level$sides, beta = 1 - power,
    typeOfDesign = type, tolerance = 1e-10, twoSidedPower = FALSE, ...
  )
}

boundary_case <- function(made, rates, level) {
  list(
    information_fractions = rates, alpha = level$alpha, sides = level$sides,
    boundaries = as.numeric(made$criticalValues), power = 0.8,
    inflation = getDesignCharacteristics(made)$inflationFactor
  )
}

spending_cases <- list()
for (rates in fractions) for (level in levels) for (item in spendings) {
  made <- if (item$type == "asHSD") {
    design(item$type, rates, level, 0.8, gammaA = item$gamma)
  } else {
    design(item$type, rates, level, 0.8)
  }
  spending_cases[[length(spending_cases) + 1]] <- c(
    boundary_case(made, rates, level),
    list(spending = item$spending, gamma = item$gamma, spent = as.numeric(made$alphaSpent))
  )
}

constant_cases <- list()
for (looks in 2:5) for (level in levels) for (shape in c(0, 0.25, 0.5)) {
  made <- design("WT", 1:looks / looks, level, 0.8, deltaWT = shape)
  constant_cases[[length(constant_cases) + 1]] <- c(
    boundary_case(made, 1:looks / looks, level), list(shape = shape, type = made$typeOfDesign)
  )
}

# Probability that the first k - 1 values stay inside and the kth is above, from their joint normal distribution.
joint <- function(lower, upper, mean, covariance) {
  vapply(seq_along(mean), function(k) {
    index <- seq_len(k)
    before <- seq_len(k - 1)
    if (k == 1) return(pnorm(upper[1], mean[1], sqrt(covariance[1, 1]), lower.tail = FALSE))
    as.numeric(pmvnorm(
      lower = c(lower[before], upper[k]), upper = c(upper[before], Inf), mean = mean[index],
      sigma = covariance[index, index], algorithm = Miwa(steps = 2048)
    ))
  }, 0)
}

# Looks that come close upon each other are too close for rpact's grid (its third digit after the point is off). Their
# boundaries are solved look by look in the joint normal distribution of the Zs.
close_case <- function(rates, alpha, sides) {
  correlation <- outer(rates, rates, function(s, t) sqrt(pmin(s, t) / pmax(s, t)))
  spent <- 2 * pnorm(qnorm(alpha / sides / 2) / sqrt(rates))
  boundaries <- qnorm(spent[1], lower.tail = FALSE)
  for (k in seq_along(rates)[-1]) {
    low <- if (sides == 2) -boundaries else rep(-Inf, k - 1)
    above <- function(z) as.numeric(pmvnorm(
      lower = c(low, z), upper = c(boundaries, Inf), sigma = correlation[1:k, 1:k], algorithm = Miwa(steps = 4096)
    )) - (spent[k] - spent[k - 1])
    boundaries <- c(boundaries, uniroot(above, c(0.5, 6), tol = 1e-12)$root)
  }
  list(information_fractions = rates, alpha = alpha, sides = sides, boundaries = boundaries)
}
close <- list(
  close_case(c(0.95, 0.97, 1), 0.025, 1), close_case(c(0.95, 0.97, 1), 0.05, 2),
  close_case(c(0.4, 0.41, 0.9, 1), 0.05, 2), close_case(c(0.07, 0.5, 0.51, 1), 0.01, 2)
)

crossing_cases <- list()
for (sides in 1:2) for (drift in c(0, 1.2, 2.8016, -2)) {
  rates <- c(0.3, 0.65, 1)
  made <- design("asOF", rates, list(alpha = 0.025 * sides, sides = sides), 0.8)
  boundaries <- as.numeric(made$criticalValues)
  ends <- boundaries * sqrt(rates)
  low <- if (sides == 2) -ends else rep(-Inf, 3)
  crossing_cases[[length(crossing_cases) + 1]] <- list(
    information_fractions = rates, boundaries = boundaries, sides = sides, drift = drift,
    upper = joint(low, ends, drift * rates, outer(rates, rates, pmin)),
    lower = if (sides == 2) joint(low, ends, -drift * rates, outer(rates, rates, pmin)) else rep(0, 3)
  )
}

# Stage-wise rejection, expected information and power from rpact's own recursion.
operating <- lapply(c(0, 1.5, 2.8016, 4), function(drift) {
  made <- design("asOF", 1:4 / 4, list(alpha = 0.025, sides = 1), 0.8)
  found <- getPowerAndAverageSampleNumber(made, theta = drift / 10, nMax = 100)
  list(
    information_fractions = 1:4 / 4, boundaries = as.numeric(made$criticalValues), drift = drift,
    rejected = as.numeric(found$rejectPerStage), expected_information = found$averageSampleNumber / 100
  )
})

# Conditional and predictive power from the normal distribution of the Brownian motion that is still to come.
ahead_case <- function(z, look, rates, sides, drift) {
  made <- design("asOF", rates, list(alpha = 0.025 * sides, sides = sides), 0.8)
  boundaries <- as.numeric(made$criticalValues)
  now <- rates[look]
  later <- rates[-seq_len(look)]
  ends <- (boundaries * sqrt(rates))[-seq_len(look)]
  low <- if (sides == 2) -ends else rep(-Inf, length(ends))
  place <- z * sqrt(now)
  left <- later - now
  known <- outer(left, left, pmin)
  conditional <- sum(joint(low - place, ends - place, drift * left, known))
  predictive <- sum(joint(low - place, ends - place, place / now * left, known + outer(left, left) / now))
  list(
    z = z, look = look, information_fractions = rates, boundaries = boundaries, sides = sides, drift = drift,
    conditional = conditional, predictive = predictive
  )
}
ahead <- list(
  ahead_case(0.746, 1, c(0.35, 1), 2, 2.89), ahead_case(2.53, 1, c(0.826, 1), 2, 2.80),
  ahead_case(1.1, 1, c(0.25, 0.5, 0.75, 1), 1, 2.8), ahead_case(1.1, 2, c(0.25, 0.5, 0.75, 1), 2, 0),
  ahead_case(-0.5, 1, c(0.25, 0.5, 0.75, 1), 2, 2.8), ahead_case(2.0, 3, c(0.25, 0.5, 0.75, 1), 2, 1),
  ahead_case(1.7, 2, c(0.15, 0.22, 0.8, 0.95, 1), 2, 3.1), ahead_case(2.9, 1, c(0.9, 0.93, 1), 1, -1)
)

required <- function(ratio, power, alpha, sides, allocation, type) {
  # The number of events depends on neither accrual nor hazard.
  found <- getSampleSizeSurvival(
    hazardRatio = ratio, lambda2 = 0.05, alpha = alpha, sided = sides, beta = 1 - power, accrualTime = 20,
    followUpTime = 20, allocationRatioPlanned = allocation / (1 - allocation), typeOfComputation = type
  )
  as.numeric(found$eventsFixed)
}
events <- list()
for (ratio in c(0.77, 0.74, 0.5, 1.3)) for (power in c(0.8, 0.9)) for (level in levels) {
  for (allocation in c(0.5, 2 / 3)) {
    events[[length(events) + 1]] <- list(
      hazard_ratio = ratio, power = power, alpha = level$alpha, sides = level$sides, allocation = allocation,
      schoenfeld = required(ratio, power, level$alpha, level$sides, allocation, "Schoenfeld"),
      freedman = required(ratio, power, level$alpha, level$sides, allocation, "Freedman")
    )
  }
}

script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
writeLines(json(list(
  r = as.character(getRversion()),
  packages = list(
    rpact = as.character(packageVersion("rpact")), mvtnorm = as.character(packageVersion("mvtnorm"))
  ),
  spending = spending_cases, constant = constant_cases, close = close, crossing = crossing_cases, operating = operating,
  ahead = ahead, events = events
)), file.path(dirname(script), "monitoring.json"))
