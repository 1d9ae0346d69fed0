# Reference values for shared/src/statistics: Rscript generate.R
#
# Made with R 4.2.2 (Debian 12) and jsonlite 1.8.4. Writes special.json, proportions.json and
# matched.json beside this file. generate_glmm.R makes those of the mixed model.

library(jsonlite)
suppressWarnings(RNGversion("4.2.0"))
set.seed(20260103)

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
save <- function(value, name) {
  # All the digits that jsonlite writes: fifteen.
  write(toJSON(value, digits = NA, auto_unbox = TRUE, na = "null", null = "null"),
        file.path(here, name))
}

# --- Distribution functions ------------------------------------------------------------------

z <- c(-38, -20, -8, -3.3, -1.96, -1, -0.1, 0, 1e-9, 0.3, 1, 1.644853627, 2.5, 6)
p <- c(1e-300, 1e-50, 1e-10, 1e-4, 0.01, 0.025, 0.05, 0.3, 0.5, 0.7, 0.9, 0.975, 0.995, 1 - 1e-9)
chi <- expand.grid(x = c(1e-8, 0.01, 0.5, 1, 3.84, 10, 33, 100, 600), df = c(1:8, 15, 30))
bin <- expand.grid(n = c(1, 5, 16, 60, 400, 1590, 20000), p = c(1e-3, 0.2, 0.5, 0.77))
bin <- do.call(rbind, lapply(c(0, 0.01, 0.2, 0.5, 0.8, 1), function(s) cbind(k = round(s * bin$n), bin)))
half <- do.call(rbind, lapply(c(0, 0.1, 0.4, 0.49, 0.5, 0.6, 1), function(s)
  data.frame(k = round(s * c(1, 4, 17, 100, 1000, 12345)), n = c(1, 4, 17, 100, 1000, 12345))))
beta <- expand.grid(x = c(0.001, 0.1, 0.35, 0.5, 0.8, 0.999), a = c(0.5, 1, 3.5, 40, 900),
                    b = c(0.5, 2, 30, 700))
beta <- beta[with(beta, pbeta(x, a, b)) > 1e-280, ]
inner <- expand.grid(p = c(0.001, 0.025, 0.5, 0.9, 0.975), a = c(0.5, 1, 30, 900), b = c(0.5, 2, 700))

rows <- function(...) unname(cbind(...))
save(list(
  pnorm = rows(z, pnorm(z)),
  qnorm = rows(p, qnorm(p)),
  pchisq = rows(chi$x, chi$df, pchisq(chi$x, chi$df, lower.tail = FALSE)),
  dbinom = with(bin[with(bin, dbinom(k, n, p)) > 1e-280, ], rows(k, n, p, dbinom(k, n, p))),
  pbinom_half = with(half[with(half, pbinom(k, n, 0.5)) > 1e-280, ], rows(k, n, pbinom(k, n, 0.5))),
  pbeta = with(beta, rows(x, a, b, pbeta(x, a, b))),
  qbeta = with(inner, rows(p, a, b, qbeta(p, a, b))),
  lbeta = with(inner, rows(a, b, lbeta(a, b)))
), "special.json")

# --- prop.test -------------------------------------------------------------------------------

alternatives <- c("two.sided", "less", "greater")

prop_case <- function(x, n, alternative, correct, level) {
  t <- suppressWarnings(prop.test(x, n, alternative = alternative, correct = correct, conf.level = level))
  list(x = x, n = n, alternative = sub("\\.", "-", alternative), correct = correct, level = level,
       statistic = unname(t$statistic), df = unname(t$parameter), p_value = t$p.value,
       conf_low = if (is.null(t$conf.int)) NA else t$conf.int[1],
       conf_high = if (is.null(t$conf.int)) NA else t$conf.int[2])
}

random_prop_case <- function(k) {
  repeat {
    n <- sample(c(1:30, 50:400, 2000:9000), k, replace = TRUE)
    x <- rbinom(k, n, runif(k)^sample(c(1, 3), 1))
    # Where all answers are alike R gives NaN.
    if (sum(x) > 0 && sum(x) < sum(n)) break
  }
  prop_case(x, n, sample(alternatives, 1), runif(1) < 0.5, sample(c(0.9, 0.95, 0.99), 1))
}

thesis <- list(
  prop_case(c(149, 86), c(239, 239), "greater", TRUE, 0.95),
  prop_case(c(148, 86), c(239, 239), "greater", TRUE, 0.95),
  prop_case(c(149, 148), c(239, 239), "greater", TRUE, 0.95),
  prop_case(c(79, 76), c(172, 172), "greater", TRUE, 0.95),
  prop_case(c(94, 76), c(172, 172), "greater", TRUE, 0.95),
  prop_case(c(94, 79), c(172, 172), "greater", TRUE, 0.95),
  # Shares so near that the correction would turn their difference, equal shares, and certain ones.
  prop_case(c(50, 51), c(100, 101), "two.sided", TRUE, 0.95),
  prop_case(c(5, 50), c(10, 100), "greater", TRUE, 0.95),
  prop_case(c(0, 7), c(12, 12), "less", TRUE, 0.95),
  prop_case(c(9, 0), c(9, 4), "two.sided", FALSE, 0.95)
)
two <- lapply(1:200, function(i) random_prop_case(2))
many <- lapply(1:60, function(i) random_prop_case(sample(3:6, 1)))

# Woolf's and Newcombe's intervals by their formulas.
effect_case <- function(i) {
  n <- sample(c(3:30, 100:400), 2, replace = TRUE)
  x <- rbinom(2, n, runif(2))
  cells <- c(x[1], n[1] - x[1], x[2], n[2] - x[2])
  if (any(cells == 0)) cells <- cells + 0.5
  log_or <- log(cells[1] * cells[4] / (cells[2] * cells[3]))
  half <- qnorm(0.975) * sqrt(sum(1 / cells))
  wilson <- sapply(1:2, function(j) suppressWarnings(prop.test(x[j], n[j], correct = FALSE))$conf.int)
  d <- x / n
  list(x = x, n = n, wilson = as.vector(wilson),
       odds_ratio = exp(c(log_or, log_or - half, log_or + half)),
       risk_difference = c(d[1] - d[2],
         d[1] - d[2] - sqrt((d[1] - wilson[1, 1])^2 + (wilson[2, 2] - d[2])^2),
         d[1] - d[2] + sqrt((wilson[2, 1] - d[1])^2 + (d[2] - wilson[1, 2])^2)))
}

adjust_case <- function(i) {
  p <- round(runif(sample(1:9, 1))^2, 3)
  list(p = I(p), holm = I(p.adjust(p, "holm")), bh = I(p.adjust(p, "BH")))
}

bayes_case <- function(i) {
  n <- sample(c(0:20, 60:250), 2, replace = TRUE)
  x <- rbinom(2, n, runif(2))
  a <- sample(c(0.5, 1, 2), 1); b <- sample(c(0.5, 1, 3), 1)
  ln <- sum(lbeta(a + x, b + n - x)) - lbeta(a, b) - lbeta(a + sum(x), b + sum(n - x))
  # A narrow peak is met by beginning at it.
  above <- function(a1, b1, a2, b2) {
    f <- function(t) { q <- plogis(t)
      exp(a1 * plogis(t, log.p = TRUE) + b1 * plogis(-t, log.p = TRUE) - lbeta(a1, b1)) * pbeta(q, a2, b2) }
    m <- log(a1 / b1)
    integrate(f, -Inf, m, rel.tol = 1e-11, subdivisions = 2000)$value +
      integrate(f, m, Inf, rel.tol = 1e-11, subdivisions = 2000)$value
  }
  list(x = x, n = n, a = a, b = b, ln_bayes_factor = ln,
       above = above(a + x[1], b + n[1] - x[1], a + x[2], b + n[2] - x[2]))
}

save(list(proportion_test = c(thesis, two, many), effect = lapply(1:60, effect_case),
          adjust = lapply(1:30, adjust_case), bayes = lapply(1:40, bayes_case)), "proportions.json")

# --- Matched answers -------------------------------------------------------------------------

mcnemar_case <- function(b, c, alternative) {
  at <- dbinom(b, b + c, 0.5)
  mid <- switch(alternative,
    two.sided = min(1, 2 * pbinom(min(b, c), b + c, 0.5) - at),
    less = pbinom(b, b + c, 0.5) - at / 2,
    greater = pbinom(b - 1, b + c, 0.5, lower.tail = FALSE) - at / 2)
  list(b = b, c = c, alternative = sub("\\.", "-", alternative),
       exact = binom.test(b, b + c, alternative = alternative)$p.value, mid = mid)
}
pairs <- lapply(1:220, function(i) {
  n <- sample(c(1:40, 41:300), 1)
  b <- rbinom(1, n, plogis(rnorm(1, 0, 0.6)))
  mcnemar_case(b, n - b, sample(alternatives, 1))
})
equal <- lapply(c(1, 6, 40), function(b) mcnemar_case(b, b, "two.sided"))

cochran_case <- function(i) {
  k <- sample(2:5, 1)
  y <- matrix(rbinom(k * sample(8:60, 1), 1, plogis(rep(rnorm(k, 0, 0.7), each = 1))), ncol = k, byrow = TRUE)
  totals <- colSums(y)
  q <- (k - 1) * (k * sum(totals^2) - sum(totals)^2) / (k * sum(y) - sum(rowSums(y)^2))
  list(y = y, statistic = q, p_value = pchisq(q, k - 1, lower.tail = FALSE))
}

save(list(mcnemar = c(pairs, equal), cochran = lapply(1:20, cochran_case)), "matched.json")
