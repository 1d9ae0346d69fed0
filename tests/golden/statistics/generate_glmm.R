# Reference fits for shared/src/statistics/glmm: Rscript generate_glmm.R
#
# Made with R 4.2.2 (Debian 12), lme4 1.1-31 and jsonlite 1.8.4. Writes twelve tables of answers (three more are given) into
# the folder glmm beside this file (csv), and glmm.json with what glmer makes of them.
#
# The references are fits to the end: bobyqa with small tolerances, the inner iterations too. (lme4
# takes the determinant at the weights before the last inner step, so that with a tolPwrss of 1e-10 the
# deviance of no_song_variance is still 4e-5 off and standard errors 2e-3; at 1e-14 it agrees with a
# direct computation by optim.) What
# glmer gives with its defaults (up to 0.004 away in these) is compared by its likelihood.

suppressPackageStartupMessages({library(lme4); library(jsonlite)})
suppressWarnings(RNGversion("4.2.0"))
set.seed(20260104)

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))

conditions <- c("audio", "control", "multimodal")

# n_p participants hear n_each songs of n_s, a third in each condition.
simulate <- function(n_p, n_s, n_each, beta, sd_p, sd_s, sd_slope = 0, drop = 0) {
  rows <- do.call(rbind, lapply(seq_len(n_p), function(p) {
    data.frame(participant = p, song = sample.int(n_s, n_each, replace = n_each > n_s),
               condition = sample(rep_len(conditions, n_each)))
  }))
  u_p <- rnorm(n_p, 0, sd_p); u_s <- rnorm(n_s, 0, sd_s)
  slope <- matrix(rnorm(3 * n_p, 0, sd_slope), n_p); slope[, 2] <- 0
  at <- match(rows$condition, conditions)
  eta <- beta[at] + u_p[rows$participant] + u_s[rows$song] + slope[cbind(rows$participant, at)]
  rows$like <- rbinom(nrow(rows), 1, plogis(eta))
  rows <- rows[runif(nrow(rows)) >= drop, ]
  rows$participant <- sprintf("p%02d", rows$participant)
  rows$song <- sprintf("s%03d", rows$song)
  rows
}

given <- function(name) read.csv(file.path(here, "glmm", paste0(name, ".csv")))

sets <- list(
  # Balanced, of the size of a study; then small; then many songs, few answers each.
  study = list(simulate(30, 60, 60, c(0.3, -0.4, 0.6), 0.8, 0.6), FALSE),
  small = list(simulate(8, 12, 12, c(0.5, -0.5, 1), 0.7, 0.7), FALSE),
  many_songs = list(simulate(20, 400, 30, c(0.2, -0.3, 0.4), 0.6, 0.9), FALSE),
  # More songs are kept than participants have values, and the other way round.
  many_people = list(simulate(120, 15, 9, c(0.3, 0, 0.5), 0.9, 0.5), FALSE),
  # Unbalanced: half of the rows lost; few likes.
  lost_rows = list(simulate(25, 40, 40, c(0.4, -0.2, 0.7), 1.2, 0.4, drop = 0.5), FALSE),
  few_likes = list(simulate(25, 40, 36, c(-2, -2.6, -1.6), 0.7, 0.7), FALSE),
  # Singular: no variance between songs; none at all.
  no_song_variance = list(simulate(12, 30, 24, c(0.2, -0.3, 0.4), 0.8, 0), FALSE),
  no_variance = list(simulate(10, 40, 18, c(0.2, -0.3, 0.4), 0, 0), FALSE),
  # The conditions' effects differ between participants; and a singular fit of that kind.
  slopes = list(simulate(30, 50, 60, c(0.3, -0.4, 0.6), 0.8, 0.5, 0.8), TRUE),
  slopes_singular = list(simulate(12, 40, 30, c(0.3, -0.4, 0.6), 0.7, 0.5, 0.05), TRUE),
  # Few people whose effects differ: where a search can rest on a saddle with a standard deviation of 0.
  few_people = list(simulate(12, 120, 36, c(-0.2, -0.2, -0.2), 0.7, 0.6, 0.6), TRUE),
  fewer_people = list(simulate(9, 120, 36, c(-0.2, -0.2, -0.2), 0.7, 0.6, 0.6), TRUE),
  # Tables that were found among simulated ones: a search can rest where the deviance falls along several parameters at
  # once, or in a level valley. They stand beside the others already.
  saddle = list(given("saddle"), TRUE),
  saddle_singular = list(given("saddle_singular"), TRUE),
  valley = list(given("valley"), TRUE)
)

tight <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-14, check.conv.singular = "ignore",
                      optCtrl = list(maxfun = 200000, rhobeg = 0.05, rhoend = 1e-8))

describe <- function(name, rows, has_slopes) {
  write.csv(rows, file.path(here, "glmm", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
  rows$condition <- relevel(factor(rows$condition), "control")
  formula <- if (has_slopes) like ~ condition + (1 + condition | participant) + (1 | song)
             else like ~ condition + (1 | participant) + (1 | song)
  time <- system.time(plain <- suppressWarnings(suppressMessages(glmer(formula, rows, family = binomial))))
  # From the default's end, from the usual start and, where slopes vary, from six places about that end: the best one.
  about <- function(seed) {
    set.seed(seed)
    theta <- getME(plain, "theta")
    list(theta = pmax(theta + rnorm(length(theta), 0, 0.3), getME(plain, "lower")), fixef = getME(plain, "fixef"))
  }
  starts <- c(list(getME(plain, c("theta", "fixef")), NULL), if (has_slopes) lapply(1:6, about))
  ends <- lapply(starts, function(start)
    suppressWarnings(suppressMessages(glmer(formula, rows, family = binomial, control = tight, start = start))))
  fit <- ends[[which.max(sapply(ends, logLik))]]
  vc <- VarCorr(fit)
  cat(sprintf("%-16s %5d rows, singular %s, %.1f s, deviance %.6f, default %.6f\n", name, nrow(rows),
              isSingular(fit), time[["elapsed"]], -2 * logLik(fit), -2 * logLik(plain)))
  numbers <- function(fit) list(
    estimate = as.list(fixef(fit)), se = as.list(setNames(sqrt(diag(as.matrix(vcov(fit)))), names(fixef(fit)))))
  list(name = name, slopes = has_slopes, fixed = numbers(fit),
       participant_variances = I(unname(diag(as.matrix(vc$participant)))),
       participant_covariance = I(unname(as.matrix(vc$participant)[lower.tri(vc$participant)])),
       song_variance = vc$song[1, 1], singular = isSingular(fit),
       log_likelihood = as.numeric(logLik(fit)),
       modes = lapply(split(ranef(fit)$participant, seq_len(nrow(ranef(fit)$participant))),
                      function(row) I(unname(unlist(row)))) |>
         setNames(rownames(ranef(fit)$participant)),
       mode_sd = as.list(setNames(sqrt(attr(ranef(fit, condVar = TRUE)$participant, "postVar")[1, 1, ]),
                                  rownames(ranef(fit)$participant))),
       default_log_likelihood = as.numeric(logLik(plain)))
}

fits <- lapply(names(sets), function(name) describe(name, sets[[name]][[1]], sets[[name]][[2]]))
write(toJSON(fits, digits = NA, auto_unbox = TRUE, na = "null"), file.path(here, "glmm.json"))
