# R's side of statistics.sh: Rscript statistics.R TABLE.csv
#
# Writes a table of 30 participants by 160 rated songs (4,800 rows) and prints, in seconds, how long
# glmer takes for it (median of 5) and how long the thesis's power simulation takes.

suppressPackageStartupMessages(library(lme4))
set.seed(1)
table <- commandArgs(TRUE)[1]
conditions <- c("audio", "control", "multimodal")
rows <- do.call(rbind, lapply(1:30, function(p)
  data.frame(participant = p, song = sample.int(400, 160), condition = sample(rep_len(conditions, 160)))))
u_p <- rnorm(30, 0, 0.8); u_s <- rnorm(400, 0, 0.6)
eta <- c(0.5, 0, 0.9)[match(rows$condition, conditions)] + u_p[rows$participant] + u_s[rows$song] - 0.2
rows$like <- rbinom(nrow(rows), 1, plogis(eta))
write.csv(rows, table, row.names = FALSE, quote = FALSE)

rows$condition <- relevel(factor(rows$condition), "control")
fit <- function(formula) median(sapply(1:5, function(i)
  system.time(suppressWarnings(suppressMessages(glmer(formula, rows, family = binomial))))[["elapsed"]]))
cat(sprintf("glmer_intercepts %.6f\n", fit(like ~ condition + (1 | participant) + (1 | song))))

power <- system.time({
  rejected <- replicate(10000, {
    x <- rbinom(3, 200, c(0.6, 0.7, 0.8))
    p <- function(i, j) suppressWarnings(prop.test(x[c(i, j)], c(200, 200), alternative = "greater"))$p.value
    c(p(2, 1), p(3, 1), p(3, 2)) < 0.05
  })
})
cat(sprintf("prop_test_power %.6f\n", power[["elapsed"]]))
cat(sprintf("power %s\n", paste(format(rowMeans(rejected)), collapse = " ")))
if (!is.na(commandArgs(TRUE)[2]))
  cat(sprintf("glmer_slopes %.6f\n", system.time(suppressWarnings(suppressMessages(
    glmer(like ~ condition + (1 + condition | participant) + (1 | song), rows, family = binomial))))[["elapsed"]]))
