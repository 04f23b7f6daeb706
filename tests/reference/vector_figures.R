# Draws the two arms of R's veteran data as PDF and SVG, and writes the patients of whom they were drawn.
#   cd tests/reference && Rscript vector_figures.R
library(survival)
patients <- data.frame(time = veteran$time / 30.4375, event = veteran$status, group = veteran$trt - 1)
fit <- survfit(Surv(time, event) ~ group, patients)
for (device in c("pdf", "svg")) {
  match.fun(device)(paste0("vector_figures.", device), width = 7, height = 5)
  plot(fit, col = c("#b34700", "#005f96"), mark.time = TRUE, xlab = "Months", ylab = "Survival")
  dev.off()
}
numbers <- function(values, digits) paste(format(values, digits = digits, trim = TRUE), collapse = ", ")
writeLines(sprintf(
  '{"made_with": "%s, survival %s", "time": [%s], "event": [%s], "group": [%s]}',
  R.version.string, packageVersion("survival"),
  numbers(patients$time, 15), numbers(patients$event, 1), numbers(patients$group, 1)
), "vector_figures.json")
