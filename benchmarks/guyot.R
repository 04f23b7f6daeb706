# Runs Guyot's algorithm on what benchmarks/guyot.py wrote: Rscript benchmarks/guyot.R digitise.R FOLDER guyot.csv
# digitise.R is R/digitise.R of the package survHE (github.com/giabaio/survHE, commit 23f97f5), the authors' own code: P. Guyot and
# G. Baio. As published it has tot.events fixed to "NA"; here it is given the reported number of events, for which the algorithm has
# a step. The file in the repository was written with R 4.6.0 (WebR 0.6.0).
# Writes, for each arm, how many of the reconstructed patients had the event and were censored at each time.

arguments <- commandArgs(trailingOnly = TRUE)
code <- readLines(arguments[1])
given <- grep('tot.events<-"NA"', code, fixed = TRUE)
stopifnot(length(given) == 1)
code[given] <- "tot.events <- reported_events"
eval(parse(text = code))

points <- read.csv(file.path(arguments[2], "points.csv"))
at_risk <- read.csv(file.path(arguments[2], "at_risk.csv"))

rebuilt <- function(points, at_risk) {
  # The rows of each interval between two months of the risk table, as the algorithm wants them.
  at_risk <- at_risk[at_risk$time <= max(points$time), ]
  interval <- findInterval(points$time, at_risk$time)
  rows <- lapply(seq_len(nrow(at_risk)), function(number) range(which(interval == number)))
  table <- data.frame(Interval = seq_along(rows), Time = at_risk$time, Lower = sapply(rows, min), Upper = sapply(rows, max),
                      nrisk = at_risk$patients)
  files <- file.path(tempdir(), c("points.txt", "at_risk.txt", "curve.txt", "patients.txt"))
  write.table(data.frame(ID = seq_len(nrow(points)), time = points$time, survival = points$survival), files[1], row.names = FALSE)
  write.table(table, files[2], row.names = FALSE)
  reported_events <<- at_risk$events[1]
  setTimeLimit(elapsed = 20)
  on.exit(setTimeLimit(elapsed = Inf))
  capture.output(digitise(files[1], files[2], files[3], files[4]))
  read.table(files[4], header = TRUE)
}

found <- list()
for (set in unique(points$set)) for (group in 0:1) {
  own <- tryCatch(
    rebuilt(points[points$set == set & points$group == group, ], at_risk[at_risk$set == set & at_risk$group == group, ]),
    error = function(reason) { cat(set, group, conditionMessage(reason), "\n"); NULL })
  if (is.null(own)) next
  counts <- aggregate(cbind(events = own$event, censored = 1 - own$event), list(time = own$time), sum)
  found[[length(found) + 1]] <- data.frame(set = set, group = group, time = signif(counts$time, 8), counts[-1])
}
write.csv(do.call(rbind, found), arguments[3], row.names = FALSE, quote = 1)
