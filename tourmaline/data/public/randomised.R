# Writes randomised.csv beside it: Rscript tourmaline/data/public/randomised.R
# The randomised trials among the data sets of R's package survival (LGPL-2 or later) that have two arms of a hundred patients or
# more. time is in the unit of the set (days; months for retinopathy), group is 1 for the second arm.
# Written with R 4.2.2 and survival 3.5-3.

library(survival)

two_arms <- function(set, time, event, group) {
  known <- !is.na(group) & time > 0
  data.frame(set = set, time = time, event = as.integer(event), group = as.integer(group))[known, ]
}

of_colon <- function(set, type) {
  rows <- subset(colon, etype == type & rx != "Lev")
  two_arms(set, rows$time, rows$status, rows$rx == "Lev+5FU")
}

found <- rbind(
  of_colon("colon, recurrence", 1),
  of_colon("colon, death", 2),
  with(pbc, two_arms("pbc", time, status == 2, trt == 1)),
  with(myeloid, two_arms("myeloid", futime, death, trt == "B")),
  with(retinopathy, two_arms("retinopathy", futime, status, trt))
)

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
write.csv(found, file.path(here, "randomised.csv"), row.names = FALSE, quote = which(names(found) == "set"))
