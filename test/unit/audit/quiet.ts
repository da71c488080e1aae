/** Imported first: what the functions under test log on purpose does not belong in the output of a test run. */
process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
process.env.POWERTOOLS_METRICS_DISABLED = 'true';
