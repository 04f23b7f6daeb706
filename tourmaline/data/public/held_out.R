# Writes held_out.csv beside it: Rscript tourmaline/data/public/held_out.R
# Data sets of R's package survival (LGPL-2 or later) on which no constant of the reconstruction was chosen. time is in the unit of
# the set (days; months for mgus2 and bladder, weeks for rats), group is 1 for the second group.
# Written with R 4.2.2 and survival 3.5-3.

library(survival)

two_groups <- function(set, time, event, group) {
  known <- !is.na(group) & !is.na(time) & time > 0
  data.frame(set = set, time = time, event = as.integer(event), group = as.integer(group))[known, ]
}

positive <- subset(rotterdam, nodes > 0)
old <- subset(flchain, age >= 75)
late <- subset(nwtco, stage >= 3)
waiting <- subset(transplant, abo %in% c("A", "O"))
once <- subset(cgd, enum == 1)
first <- subset(bladder1, enum == 1 & treatment != "pyridoxine" & stop > 0)
dates <- c("death.dt", "tx.dt", "hprogress.dt", "varices.dt", "ascites.dt", "enceph.dt", "double.dt", "worsen.dt")
ended <- do.call(pmin, c(lapply(udca[dates], as.numeric), na.rm = TRUE)) # the first of the events; NA without any
entry <- as.numeric(udca$entry.dt)
last <- as.numeric(udca$last.dt)
had <- !is.na(ended) & ended <= last

found <- rbind(
  with(positive, two_groups("rotterdam, recurrence", ifelse(recur == 1, rtime, dtime), recur == 1 | death == 1, chemo)),
  with(positive, two_groups("rotterdam, death", dtime, death, hormon)),
  with(mgus2, two_groups("mgus2", futime, death, sex == "F")),
  with(old, two_groups("flchain", futime, death, sex == "F")),
  with(late, two_groups("nwtco", edrel, rel, histol == 1)),
  with(waiting, two_groups("transplant", futime, event == "ltx", abo == "A")),
  with(rats, two_groups("rats", time, status, rx == 0)),
  with(once, two_groups("cgd", tstop, status, treat != "placebo")),
  two_groups("udca", ifelse(had, ended, last) - entry, had, udca$trt),
  with(first, two_groups("bladder", stop, status == 1, treatment == "thiotepa")),
  with(veteran, two_groups("veteran", time, status, trt == 2)),
  with(ovarian, two_groups("ovarian", futime, fustat, rx == 2)),
  with(subset(kidney, !duplicated(id)), two_groups("kidney catheters", time, status, sex == 2))
)

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
write.csv(found, file.path(here, "held_out.csv"), row.names = FALSE, quote = which(names(found) == "set"))
