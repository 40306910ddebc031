"""Pure statistics: arrays and frames in, results out; knows nothing of agriculture.

Each module is one family; take what is needed from it, as in
``from agriqa.stats.proportions import wilson_interval``.

======================  ==========================================================================
rates                   proportions, counts, comparisons, homogeneity, fisher, multiplicity
surveys                 stratified, survey, surveydesign, surveyintervals
small areas             beta_binomial, fay_herriot, battese_harter_fuller, benchmarking
many areas              funnel, funnel_limits, overdispersion
charts                  control_charts, rare_event_charts, run_rules, cusum, ewma
sampling plans          acceptance, freedom, allocation, risk_allocation, sample_precision
early detection         ears, farrington
values below a limit    censored.kaplan_meier, .order_statistics, .likelihood, .bounds, .groups,
                        .trend, .grouped
trends                  trend, grouped_trend, serial_trend
change points           interrupted, placebo, breaks, break_tests
published figures       precision
decomposition           decoupling, lmdi
programme evaluation    difference_in_differences, event_study, group_time,
                        group_time_aggregation, bacon_decomposition, wild_bootstrap,
                        synthetic_control, synthetic_placebo
concentration           concentration, inequality, location_quotient
prices                  price_premium, matched_prices
duration                survival, log_rank, competing_risks, cox_regression, validity
space                   spatial_weights, spatial_autocorrelation, local_autocorrelation,
                        spatial_rates
composite indicators    imputation, outliers, normalisation, ordinal_scales,
                        reference_scales, weighting, pairwise_judgements,
                        benefit_of_the_doubt, optimised_weights,
                        aggregation, reliability, grading
======================  ==========================================================================
"""
