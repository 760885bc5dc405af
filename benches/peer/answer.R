# Tells the name of a peer in R, then answers each line "JOB PATIENTS FITS" of standard input by the seconds of so many
# fits of the job's model.
answer <- function(name, models, analyse) {
  # The first fits are slower: R compiles what it runs again and again.
  for (model in models) for (fit in 1:2) analyse(model)
  cat(name, "\n", sep = "")
  flush(stdout())
  questions <- file("stdin", "r")
  while (length(line <- readLines(questions, 1)) > 0) {
    asked <- strsplit(line, " ")[[1]]
    if (is.null(models[[asked[1]]])) stop("no job ", asked[1])
    started <- Sys.time()
    for (fit in seq_len(as.numeric(asked[3]))) analyse(models[[asked[1]]])
    cat(as.numeric(Sys.time() - started, units = "secs"), "\n", sep = "")
    flush(stdout())
  }
}
