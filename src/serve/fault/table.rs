//! The behavioural faults: what each is called, the rule that it breaks, and what the server does wrong.
//!
//! This is their one home. A new one gets a row here and a hook where the behaviour lives: `misheard` for
//! arguments, `forestalled` for what is done instead, `misreported` and `sighted` for what is shown,
//! `gate` for what is settled before an endpoint is reached, `tokens` and `runs` for the rest.

/// Makes the faults from the table; what a fault's documentation says is what the user is told about it.
macro_rules! behaviours {
    ($($(#[doc = $about:literal])+ $fault:ident = $name:literal breaks $rule:literal;)+) => {
        /// A way in which the workspace is wrong on purpose.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::serve) enum Behaviour {
            $($(#[doc = $about])+ $fault,)+
        }

        impl Behaviour {
            /// All of them, in the order of the table.
            pub(super) const ALL: &[Self] = &[$(Self::$fault),+];

            /// What it is called.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$fault => $name,)+ }
            }

            /// The rule that it breaks.
            pub(in crate::serve) const fn rule(self) -> &'static str {
                match self { $(Self::$fault => $rule,)+ }
            }

            /// What the server does wrong, in one sentence.
            pub(super) const fn about(self) -> &'static str {
                match self { $(Self::$fault => concat!($($about),+).trim_ascii_start(),)+ }
            }
        }
    };
}

behaviours! {
    /// A create with the settings of a job that there is gives the id of that job.
    CreateDeduplicates = "create-deduplicates" breaks "create/consistency/distinct-ids";
    /// A create forgets `min_retry_interval_millis`, unless it is 0.
    CreateDropsSetting = "create-drops-setting" breaks "create/consistency/settings-echo";
    /// `created_time` is in seconds.
    CreatedTimeInSeconds = "created-time-in-seconds" breaks "create/consistency/created-time";
    /// A job that was created without a name has an empty one.
    CreateWithoutDefaultName = "create-without-default-name" breaks "create/schema/default-name";
    /// A job that was created without a timeout has one of an hour.
    CreateDefaultsTimeout = "create-defaults-timeout" breaks "create/schema/default-timeout";
    /// A create answers with `job_id` as text.
    CreatedIdAsText = "created-id-as-text" breaks "http/schema/documented-types";
    /// A create answers with `id` instead of `job_id`, if there is a job already.
    CreateWithoutId = "create-without-id" breaks "create/schema/response-job-id";
    /// A job that was created without libraries has one.
    CreateAddsLibrary = "create-adds-library" breaks "create/schema/default-libraries";
    /// A job that was created without e-mail lists notifies somebody.
    CreateAddsRecipient = "create-adds-recipient" breaks "create/schema/default-email";
    /// A job that was created without `max_retries` has one retry.
    CreateDefaultsRetries = "create-defaults-retries" breaks "create/schema/default-retries";
    /// A job that was created without `retry_on_timeout` retries runs that time out.
    CreateDefaultsRetryOnTimeout = "create-defaults-retry-on-timeout"
        breaks "create/schema/default-retry-on-timeout";
    /// A job that was created without a schedule has one that fires every minute.
    CreateDefaultsSchedule = "create-defaults-schedule" breaks "create/schema/default-no-schedule";
    /// A create with a `max_concurrent_runs` of 1000 is refused.
    Concurrency1000Refused = "concurrency-1000-refused" breaks "create/limit/max-concurrent-1000";
    /// A create with a `max_concurrent_runs` of 0 is refused.
    ConcurrencyZeroRefused = "concurrency-zero-refused" breaks "create/schema/max-concurrent-0";
    /// A create with a `max_retries` of -1 is refused.
    EndlessRetriesRefused = "endless-retries-refused" breaks "create/schema/max-retries-minus-one";
    /// A create of a pipeline without a cluster is refused.
    PipelineNeedsCluster = "pipeline-needs-cluster" breaks "create/schema/pipeline-without-cluster";
    /// A create with `L`, `W` or `#` in its cron expression is refused.
    CronSpecialsRefused = "cron-specials-refused" breaks "settings/schema/cron-valid-accepted";
    /// A create with a time zone that has a `/` in its name is refused.
    ZoneWithSlashRefused = "zone-with-slash-refused" breaks "settings/schema/timezone-valid";
    /// A cron expression that cannot be read is taken, unless it has five fields; its schedule never fires.
    CronUnread = "cron-unread" breaks "settings/error/cron-invalid";
    /// A cron expression of five fields is read as Unix reads it.
    UnixCronTaken = "unix-cron-taken" breaks "settings/error/cron-unix-five-fields";
    /// A time zone that is not known counts as UTC.
    UnknownZoneIsUtc = "unknown-zone-is-utc" breaks "settings/error/timezone-invalid";
    /// A schedule that was set without a `pause_status` is shown without one.
    PauseStatusMissing = "pause-status-missing" breaks "settings/schema/pause-status-default";
    /// A new cluster that was set without a `driver_node_type_id` is shown with another one than its workers have.
    DriverShownOtherwise = "driver-shown-otherwise" breaks "cluster/consistency/driver-node-default";
    /// A create with three destinations for one event is refused.
    ThirdWebhookRefused = "third-webhook-refused" breaks "settings/schema/webhook-3-accepted";
    /// A create with `retry_on_timeout` is refused.
    RetryOnTimeoutRefused = "retry-on-timeout-refused" breaks "settings/schema/every-field-accepted";
    /// A create with a cluster that scales by itself is refused.
    AutoscaleRefused = "autoscale-refused" breaks "cluster/schema/autoscale-valid";
    /// A create with a library at an `abfss:` address is refused.
    AbfssLibraryRefused = "abfss-library-refused" breaks "library/schema/uri-schemes";
    /// A create with a library of another repository is refused.
    PypiRepoRefused = "pypi-repo-refused" breaks "library/schema/documented-variants";
    /// A create that is refused saves a job of its name.
    RefusedCreateSaves = "refused-create-saves" breaks "create/error/rejected-creates-nothing";
    /// Creates that come within `--race-ms` of another give the id of its job.
    CreateRace = "create-race" breaks "x/concurrency/create-parallel";
    /// A paused schedule fires.
    PausedScheduleFires = "paused-schedule-fires" breaks "settings/lifecycle/paused-does-not-fire";
    /// No schedule ever fires.
    ScheduleNeverFires = "schedule-never-fires" breaks "settings/lifecycle/periodic-fires";
    /// Schedules fire by the clock of UTC, whatever their time zone.
    ScheduleIgnoresZone = "schedule-ignores-zone" breaks "settings/lifecycle/periodic-fires";
    /// Runs that a schedule started do not show it.
    ScheduleLost = "schedule-lost" breaks "settings/schema/schedule-on-run";
    /// Every run shows a schedule.
    ScheduleOnEveryRun = "schedule-on-every-run" breaks "settings/schema/schedule-on-run";
    /// A schedule that is paused by a reset or update goes on firing.
    LaterPauseIgnored = "later-pause-ignored" breaks "settings/lifecycle/paused-does-not-fire";
    /// A schedule that was paused at first never fires, also when it goes on.
    LaterResumeIgnored = "later-resume-ignored" breaks "settings/lifecycle/periodic-fires";
    /// A schedule that is taken from its job goes on firing.
    RemovedScheduleFires = "removed-schedule-fires" breaks "update/consistency/fields-to-remove";
    /// Runs that a schedule starts begin also where as many are active as `max_concurrent_runs` allows.
    ScheduleIgnoresLimit = "schedule-ignores-limit" breaks "run-now/lifecycle/skipped-when-full";
    /// A run that a schedule started shows the schedule that its job has now.
    ScheduleFollowsJob = "schedule-follows-job" breaks "reset/lifecycle/other-fields-future-only";
    /// The retry of a run that a schedule started shows the schedule too.
    ScheduleOnRetry = "schedule-on-retry" breaks "settings/schema/schedule-on-run";

    /// jobs/list lacks the earliest job within `--race-ms` of a create or delete.
    ListLosesAmidWrites = "list-loses-amid-writes" breaks "x/concurrency/list-during-writes";
    /// jobs/list lacks the latest job.
    ListOmitsLatest = "list-omits-latest" breaks "list/consistency/contains-all-created";
    /// jobs/list goes on showing jobs that were deleted.
    ListShowsDeleted = "list-shows-deleted" breaks "list/consistency/excludes-deleted";
    /// jobs/list shows the name that a job had when it was created.
    ListShowsOldSettings = "list-shows-old-settings" breaks "list/consistency/equals-get";
    /// A job shows `creator_user_name` as null.
    GetNullCreator = "get-null-creator" breaks "get/schema/creator-absent-not-null";
    /// jobs/list has its jobs in an object, by their ids.
    ListById = "list-by-id" breaks "list/schema/response";
    /// jobs/list shows the earliest job twice.
    ListShowsTwice = "list-shows-twice" breaks "list/consistency/no-duplicates";
    /// jobs/list shows submitted runs as jobs.
    ListShowsSubmitted = "list-shows-submitted" breaks "list/consistency/excludes-one-time-runs";
    /// jobs/get does not show `created_time`.
    GetWithoutCreatedTime = "get-without-created-time" breaks "get/schema/response";
    /// jobs/get shows a `created_time` that is a second later each time.
    GetAgesJob = "get-ages-job" breaks "get/consistency/repeatable";
    /// jobs/get shows a job as it was for 50 ms after a reset or update.
    ChangesLag = "changes-lag" breaks "get/consistency/sees-own-write";
    /// jobs/get shows a job for an id that was never given.
    UnknownJobShown = "unknown-job-shown" breaks "get/error/unknown-job";

    /// A delete of a job that is deleted already is refused.
    DeleteAgainRefused = "delete-again-refused" breaks "delete/idempotency/already-removed-noop";
    /// Runs that had ended stay visible when their job is deleted.
    DeleteKeepsHistory = "delete-keeps-history" breaks "delete/consistency/run-history-gone";
    /// jobs/get shows a job for 50 ms after it was deleted.
    DeleteLags = "delete-lags" breaks "delete/consistency/get-fails-after";
    /// A delete takes the job that was created before its own the name.
    DeleteChangesOthers = "delete-changes-others" breaks "delete/consistency/others-untouched";
    /// A delete of an id that was never given fails with 500.
    UnknownJobDeleteFails = "unknown-job-delete-fails" breaks "delete/error/never-existed";
    /// A run-now of a deleted job says that it started a run.
    DeletedJobRuns = "deleted-job-runs" breaks "delete/error/run-now-after";
    /// A reset or update of a deleted job brings it back.
    DeletedJobRevives = "deleted-job-revives" breaks "delete/error/reset-update-after";
    /// The schedule of a deleted job fires once more.
    DeleteLeavesSchedule = "delete-leaves-schedule" breaks "delete/lifecycle/schedule-stops";
    /// Runs that are active when their job is deleted stay visible and run to their own end.
    DeleteLeavesRunsRunning = "delete-leaves-runs-running"
        breaks "delete/lifecycle/active-runs-terminated";

    /// A reset keeps the settings that it does not name.
    ResetMerges = "reset-merges" breaks "reset/consistency/full-replace";
    /// A reset sets `created_time` anew.
    ResetRenewsCreatedTime = "reset-renews-created-time" breaks "reset/consistency/identity-kept";
    /// A reset forgets `email_notifications`.
    ResetForgetsEmails = "reset-forgets-emails" breaks "reset/consistency/get-equals-new";
    /// A reset that sets a schedule is refused.
    ResetOfScheduleRefused = "reset-of-schedule-refused" breaks "reset/consistency/documented-example";
    /// A reset to the settings that a job has takes it its name.
    ResetAgainActs = "reset-again-acts" breaks "reset/idempotency/twice";
    /// A reset of an id that was never given succeeds.
    UnknownJobReset = "unknown-job-reset" breaks "reset/error/unknown-job";
    /// A reset that is refused takes the job its name.
    RefusedResetActs = "refused-reset-acts" breaks "reset/error/invalid-has-no-effect";
    /// For `--race-ms` after a reset, jobs/get shows the new name among the old settings.
    ResetTorn = "reset-torn" breaks "x/concurrency/reset-atomic";
    /// Resets that come within `--race-ms` of another leave a job as it was before all of them.
    ResetsCancelOut = "resets-cancel-out" breaks "x/concurrency/reset-last-writer";
    /// A reset removes the earliest run of its job that has ended, if there are several.
    ResetRemovesRun = "reset-removes-run" breaks "reset/consistency/run-history-kept";
    /// A reset or update to fewer concurrent runs cancels the latest that are active beyond.
    LoweringCancels = "lowering-cancels" breaks "reset/lifecycle/lower-concurrency-keeps-active";
    /// A timeout that is changed by a reset does not hold for active runs.
    ResetIgnoresTimeoutOfActive = "reset-ignores-timeout-of-active"
        breaks "reset/lifecycle/timeout-applies-to-active";
    /// Runs that were there before a reset show the task and the cluster that it set.
    ResetRewritesRuns = "reset-rewrites-runs" breaks "reset/lifecycle/other-fields-future-only";

    /// An update merges objects instead of replacing them.
    UpdateMergesObjects = "update-merges-objects"
        breaks "update/consistency/struct-replaced-not-merged";
    /// An update ignores `fields_to_remove`.
    UpdateIgnoresRemoval = "update-ignores-removal" breaks "update/consistency/fields-to-remove";
    /// An update drops `timeout_seconds`, `max_retries` and `min_retry_interval_millis`, unless it sets them.
    UpdateForgetsOthers = "update-forgets-others" breaks "update/consistency/unnamed-fields-kept";
    /// An update that removes the name leaves an empty one.
    RemovedNameIsEmpty = "removed-name-is-empty" breaks "update/consistency/removed-name-default";
    /// An update that sets something and removes something else is refused.
    UpdateSetsOrRemoves = "update-sets-or-removes" breaks "update/consistency/documented-example";
    /// An update without anything to change takes the job its name.
    UpdateOfNothingActs = "update-of-nothing-acts" breaks "update/consistency/noop";
    /// An update to what a job is like takes it its name.
    UpdateAgainActs = "update-again-acts" breaks "update/idempotency/twice";
    /// An update of an id that was never given succeeds.
    UnknownJobUpdated = "unknown-job-updated" breaks "update/error/unknown-job";
    /// An update that is refused takes the job its name.
    RefusedUpdateActs = "refused-update-acts" breaks "update/error/invalid-has-no-effect";
    /// An update sets `created_time` anew.
    UpdateRenewsCreatedTime = "update-renews-created-time" breaks "update/consistency/identity-kept";
    /// An update that removes a setting which nobody knows fails with 500.
    UnknownRemovalFails = "unknown-removal-fails" breaks "update/consistency/remove-unknown";
    /// An update can remove the task and the cluster of a job.
    RequiredRemoved = "required-removed" breaks "update/error/remove-required";
    /// An update removes fields within a setting (`schedule.pause_status`, `schedule/pause_status`).
    UpdateRemovesNested = "update-removes-nested" breaks "update/error/remove-nested";
    /// A timeout that is changed by an update does not hold for active runs.
    UpdateIgnoresTimeoutOfActive = "update-ignores-timeout-of-active"
        breaks "update/lifecycle/timeout-applies-to-active";

    /// A run-now ignores its token.
    TokenIgnored = "token-ignored" breaks "run-now/idempotency/same-token-same-run";
    /// A run-now starts another run once that of its token has terminated.
    TokenForgottenAtEnd = "token-forgotten-at-end" breaks "run-now/idempotency/after-terminal";
    /// A run-now starts another run if that of its token was skipped.
    TokenForgottenWhenSkipped = "token-forgotten-when-skipped"
        breaks "run-now/idempotency/skipped-run-keeps-token";
    /// A run-now with the same token and other parameters starts another run.
    TokenByBody = "token-by-body" breaks "run-now/idempotency/different-body-same-run";
    /// A run-now starts another run if that of its token was deleted.
    TokenAfterDelete = "token-after-delete" breaks "run-now/idempotency/deleted-run-error";
    /// A run-now is refused if one with the same token was.
    TokenConsumedByRefusal = "token-consumed-by-refusal"
        breaks "run-now/idempotency/rejected-does-not-consume";
    /// Only the first 48 characters of the token of a run-now count.
    TokenCut = "token-cut" breaks "run-now/idempotency/different-token-different-run";
    /// A run-now looks for its token `--race-ms` before it enters it, so that calls that overlap start several runs.
    TokenRace = "token-race" breaks "run-now/concurrency/same-token-parallel";
    /// A run-now takes the next number `--race-ms` before it enters it, so that calls that overlap share one.
    NumberRace = "number-race" breaks "run-now/concurrency/numbers-unique";
    /// The runs of a job are numbered from 0.
    NumberFromZero = "number-from-zero" breaks "run/consistency/number-starts-at-1";
    /// Every second run of a job has the number of the one before.
    NumberStandsStill = "number-stands-still" breaks "run-now/consistency/number-strictly-increases";
    /// One run more than `max_concurrent_runs` may be active, unless that is 0.
    ConcurrencyOneTooMany = "concurrency-one-too-many" breaks "run-now/lifecycle/skipped-when-full";
    /// With `max_concurrent_runs` of 0, any number of runs may be active.
    ZeroConcurrencyRuns = "zero-concurrency-runs" breaks "run-now/lifecycle/skipped-when-zero";
    /// A run that is to be skipped is pending for 40 times the pending phase first.
    SkipsLate = "skips-late" breaks "run-now/lifecycle/skipped-immediately";
    /// Runs that have terminated count against `max_concurrent_runs` too.
    SlotNeverFreed = "slot-never-freed" breaks "run-now/lifecycle/slot-freed";
    /// Runs do not show `overriding_parameters`.
    OverridesLost = "overrides-lost" breaks "run-now/consistency/overriding-parameters";
    /// The base parameters of a notebook win over those of the run-now.
    BaseParametersWin = "base-parameters-win" breaks "run-now/lifecycle/notebook-params-merge";
    /// A run-now answers without `number_in_job`.
    RunNowWithoutNumber = "run-now-without-number" breaks "run-now/schema/response";
    /// A run-now answers with a number that is 100 more than that of its run.
    RunNowNumberOff = "run-now-number-off" breaks "run-now/consistency/number-matches-get";
    /// A run-now with a token that was used answers with the number behind that of its run.
    RepeatedNumberNext = "repeated-number-next" breaks "run-now/idempotency/same-number-in-job";
    /// A run-now without a token gives the latest run of its job, if that has the same parameters.
    RunNowDeduplicates = "run-now-deduplicates" breaks "run-now/idempotency/no-token-not-deduplicated";
    /// The same token starts a run in each job.
    TokenByJob = "token-by-job" breaks "run-now/idempotency/token-other-job";
    /// A run-now with a token of 64 characters is refused.
    TokenOf64Refused = "token-of-64-refused" breaks "run-now/idempotency/token-64";
    /// Run-nows with a token that come within `--race-ms` of another of the same job give its run.
    TokensMixedUp = "tokens-mixed-up" breaks "run-now/concurrency/distinct-tokens-parallel";
    /// Once the latest run was deleted, the next one gets its id.
    DeletedIdReused = "deleted-id-reused" breaks "run-now/consistency/run-id-unique";
    /// Runs that were asked for have the trigger `PERIODIC`.
    RunNowTriggerPeriodic = "run-now-trigger-periodic" breaks "run-now/schema/trigger-one-time";
    /// Runs of jobs have the type `WORKFLOW_RUN`.
    RunNowTypeWorkflow = "run-now-type-workflow" breaks "run-now/schema/run-type-job-run";
    /// The name of every run has 5,000 letters.
    RunNameTooLong = "run-name-too-long" breaks "run-now/schema/run-name";
    /// A run-now with parameters that the task does not take fails with 500.
    UnsuitedParametersFail = "unsuited-parameters-fail" breaks "run-now/error/params-wrong-task-type";
    /// A run-now of an id that was never given says that it started a run.
    UnknownJobStarted = "unknown-job-started" breaks "run-now/error/unknown-job";
    /// A run-now that is refused starts a run.
    RefusedRunNowStarts = "refused-run-now-starts" breaks "run-now/error/rejected-creates-no-run";
    /// Runs without parameters show some.
    OverridesMadeUp = "overrides-made-up" breaks "run-now/consistency/no-override-absent";
    /// The parameters of a run-now become the base parameters of its job.
    ParametersPersist = "parameters-persist" breaks "run-now/consistency/params-not-persisted";
    /// A skipped run does not say why.
    SkippedWithoutReason = "skipped-without-reason" breaks "run-now/lifecycle/skipped-message";
    /// A run beyond `max_concurrent_runs` waits, though its job has no queue.
    QueuesUnasked = "queues-unasked" breaks "run-now/lifecycle/never-queued";
    /// As soon as one of the runs of a job that wait can begin, all of them do.
    QueueEmptiesAtOnce = "queue-empties-at-once" breaks "run-now/concurrency/at-most-k-active";
    /// Runs that wait for a place take one.
    QueuedTakesPlace = "queued-takes-place" breaks "run-now/lifecycle/slot-freed";
    /// A run that has waited shows `QUEUED` again in every second tenth of a second in which it is running.
    BegunRunQueues = "begun-run-queues" breaks "run/lifecycle/allowed-transitions";
    /// One run less than `max_concurrent_runs` may be active, if that is 2 or more.
    ConcurrencyOneTooFew = "concurrency-one-too-few" breaks "run-now/concurrency/fills-k";

    /// A submit ignores its token.
    SubmitTokenIgnored = "submit-token-ignored" breaks "runs-submit/idempotency/same-token-same-run";
    /// A submit starts another run once that of its token has terminated.
    SubmitTokenForgottenAtEnd = "submit-token-forgotten-at-end"
        breaks "runs-submit/idempotency/after-terminal";
    /// A submit starts another run if that of its token was deleted.
    SubmitTokenAfterDelete = "submit-token-after-delete"
        breaks "runs-submit/idempotency/deleted-run-error";
    /// A submit looks for its token `--race-ms` before it enters it, so that calls that overlap start several runs.
    SubmitTokenRace = "submit-token-race" breaks "runs-submit/concurrency/same-token-parallel";
    /// Submitted runs are called `Untitled` whatever name was sent.
    SubmitNameLost = "submit-name-lost" breaks "runs-submit/consistency/run-name-echo";
    /// Submitted runs are of the type `JOB_RUN`.
    SubmitRunType = "submit-run-type" breaks "runs-submit/schema/run-type-submit-run";
    /// The cluster of a submitted run lacks the libraries.
    SubmitWithoutLibraries = "submit-without-libraries" breaks "runs-submit/consistency/cluster-spec";
    /// Submitted runs have the trigger `PERIODIC`.
    SubmitTriggerPeriodic = "submit-trigger-periodic" breaks "runs-submit/schema/trigger-one-time";
    /// Only the first 48 characters of the token of a submit count.
    SubmitTokenCut = "submit-token-cut" breaks "runs-submit/idempotency/different-token-different-run";
    /// A submit with a token of 64 characters is refused.
    SubmitTokenOf64Refused = "submit-token-of-64-refused" breaks "runs-submit/idempotency/token-64";
    /// A submit is refused if one with the same token was.
    SubmitTokenConsumedByRefusal = "submit-token-consumed-by-refusal"
        breaks "runs-submit/idempotency/rejected-does-not-consume";
    /// Submits with a token that come within `--race-ms` of another give its run.
    SubmitTokensMixedUp = "submit-tokens-mixed-up" breaks "runs-submit/concurrency/distinct-tokens-parallel";
    /// A submit answers with `id` instead of `run_id`.
    SubmitWithoutId = "submit-without-id" breaks "runs-submit/schema/response";
    /// A run that was submitted without a name has an empty one.
    SubmitWithoutDefaultName = "submit-without-default-name" breaks "runs-submit/schema/default-name";
    /// A submit that is refused starts a run.
    RefusedSubmitStarts = "refused-submit-starts" breaks "runs-submit/error/rejected-creates-no-run";
    /// A submitted run that fails is retried once.
    SubmitRetried = "submit-retried" breaks "runs-submit/lifecycle/no-retry";
    /// A submitted run is skipped if another one is active.
    SubmitSkippedByOthers = "submit-skipped-by-others" breaks "runs-submit/concurrency/unlimited-by-job";
    /// A submit with `webhook_notifications` is refused.
    SubmitWithWebhooksRefused = "submit-with-webhooks-refused" breaks "runs-submit/schema/every-field-accepted";
    /// A submitted run is never stopped at its timeout.
    SubmitTimeoutIgnored = "submit-timeout-ignored" breaks "runs-submit/lifecycle/timeout";

    /// runs/list shows one run more than `limit` asks for.
    LimitOneMore = "limit-one-more" breaks "runs-list/pagination/limit-at-most";
    /// runs/list shows 25 runs if it is asked for no number.
    DefaultLimit25 = "default-limit-25" breaks "runs-list/pagination/default-limit-20";
    /// runs/list takes a limit of 0 for none.
    LimitZeroIsDefault = "limit-zero-is-default" breaks "runs-list/pagination/limit-0-is-max";
    /// runs/list shows the earliest run first.
    ListAscending = "list-ascending" breaks "runs-list/pagination/order-desc";
    /// `has_more` is true on the last page too.
    HasMoreAlways = "has-more-always" breaks "runs-list/pagination/has-more-false";
    /// `has_more` is false on every page.
    HasMoreNever = "has-more-never" breaks "runs-list/pagination/has-more-true";
    /// runs/list passes over one run more than `offset` asks for, unless that is 0.
    OffsetOffByOne = "offset-off-by-one" breaks "runs-list/pagination/offset";
    /// runs/list ignores `job_id`.
    ListIgnoresJob = "list-ignores-job" breaks "runs-list/consistency/job-filter";
    /// runs/list ignores `active_only`.
    ActiveShowsEnded = "active-shows-ended" breaks "runs-list/consistency/active-only";
    /// runs/list ignores `completed_only`.
    CompletedShowsActive = "completed-shows-active" breaks "runs-list/consistency/completed-only";
    /// runs/list ignores `run_type`.
    ListIgnoresRunType = "list-ignores-run-type" breaks "runs-list/consistency/run-type-filter";
    /// runs/list shows the active runs only if both filters are false.
    BothFlagsFalseIsActive = "both-flags-false-is-active" breaks "runs-list/consistency/both-false";
    /// runs/list shows one run less than `limit` asks for, if that is 2 or more.
    LimitOneLess = "limit-one-less" breaks "runs-list/pagination/limit-exact";
    /// `has_more` is text.
    HasMoreAsText = "has-more-as-text" breaks "runs-list/schema/response";
    /// runs/list begins anew where `offset` is beyond the last run.
    OffsetWraps = "offset-wraps" breaks "runs-list/pagination/offset-past-end";
    /// runs/list shows another name of a run than runs/get.
    ListNamesOtherwise = "list-names-otherwise" breaks "runs-list/consistency/equals-get";
    /// runs/list goes on showing runs that were deleted.
    DeletedRunListed = "deleted-run-listed" breaks "runs-list/consistency/excludes-deleted";
    /// Runs are kept for more than 60 days.
    RunsKeptForever = "runs-kept-forever" breaks "runs-list/consistency/sixty-days";
    /// runs/get does not show `run_id`.
    RunWithoutId = "run-without-id" breaks "runs-get/schema/response";
    /// runs/get shows a run for an id that was never given.
    UnknownRunShown = "unknown-run-shown" breaks "runs-get/error/unknown-run";
    /// A part of runs/list leaves out as many runs as came since the list was read from its beginning, twice.
    WalkLosesRuns = "walk-loses-runs" breaks "runs-list/pagination/append-during-walk";
    /// runs/list shows a run from 50 ms after its start only.
    ListLags = "list-lags" breaks "runs-list/consistency/includes-new-run";

    /// A run shows its result while it is running.
    ResultEarly = "result-early" breaks "run/lifecycle/no-result-before-end";
    /// A run never shows its result.
    ResultMissing = "result-missing" breaks "run/lifecycle/result-when-terminated";
    /// A run that was seen terminating with `SUCCESS` shows `FAILED` once it has terminated.
    ResultFlips = "result-flips" breaks "run/lifecycle/result-never-changes";
    /// A running run shows `PENDING` in every second tenth of a second.
    StateGoesBack = "state-goes-back" breaks "run/lifecycle/allowed-transitions";
    /// A run that was seen `TERMINATED` shows `TERMINATING` from 20 ms later on.
    EndedRunWakes = "ended-run-wakes" breaks "run/lifecycle/terminal-is-final";
    /// Results are spelled `SUCCESSFUL` and `TIMED_OUT`.
    ResultSpelledOtherwise = "result-spelled-otherwise" breaks "run/schema/result-enum";
    /// An active run shows the time as its `end_time`.
    EndTimeEarly = "end-time-early" breaks "run/consistency/end-time-zero-while-active";
    /// A run that has ended shows 0 as its `end_time`.
    EndTimeMissing = "end-time-missing" breaks "run/consistency/end-time-set-when-terminal";
    /// `start_time` is in seconds.
    StartTimeInSeconds = "start-time-in-seconds" breaks "run/consistency/start-time-window";
    /// A first attempt shows 0 as its `original_attempt_run_id`.
    OriginalAttemptZero = "original-attempt-zero" breaks "run/consistency/original-attempt-self";
    /// The cluster of a run has another id once its task is over.
    ClusterOfRunMoves = "cluster-of-run-moves" breaks "run/schema/cluster-instance-appears-once";
    /// No run shows its Spark context.
    ContextNeverShown = "context-never-shown" breaks "run/schema/spark-context-when-running";
    /// Ids of a cluster or Spark context that is not there yet are empty texts.
    EmptyInsteadOfAbsent = "empty-instead-of-absent" breaks "run/schema/absent-not-empty";
    /// Tasks that fail count as successful.
    FailureSucceeds = "failure-succeeds" breaks "run/lifecycle/failed";
    /// The run of a job is not stopped at the timeout that it started with.
    TimeoutIgnored = "timeout-ignored" breaks "run/lifecycle/timedout";
    /// Skipped runs do not show a `life_cycle_state` in runs/list.
    LifeCycleMissing = "life-cycle-missing" breaks "run/schema/life-cycle-always";
    /// The state `SKIPPED` is spelled `OMITTED` in runs/list.
    SkippedSpelledOtherwise = "skipped-spelled-otherwise" breaks "run/schema/life-cycle-enum";
    /// Runs whose task failed show `SKIPPED` in the end.
    FailureShowsSkipped = "failure-shows-skipped" breaks "run/lifecycle/skipped-only-before-running";
    /// No run shows that it was cancelled or timed out.
    CancelledFlagFalse = "cancelled-flag-false" breaks "run/schema/cancelled-flag";
    /// A run shows another creator from the second time on that it is read.
    CreatorChanges = "creator-changes" breaks "run/consistency/immutable-identity";
    /// A run that has terminated shows no cluster in its `cluster_spec`.
    ClusterSpecForgotten = "cluster-spec-forgotten" breaks "run/consistency/cluster-spec-snapshot";
    /// Runs do not show their libraries.
    ClusterSpecWithoutLibraries = "cluster-spec-without-libraries"
        breaks "run/consistency/cluster-spec-includes-libraries";
    /// The execution of a run that has ended shows an hour more than it took.
    DurationsTooLong = "durations-too-long" breaks "run/consistency/durations-sum";
    /// The setup of every run shows -1.
    SetupNegative = "setup-negative" breaks "run/consistency/durations-non-negative";
    /// Runs show a `run_duration` of a second.
    RunDurationShown = "run-duration-shown" breaks "run/schema/run-duration-multitask-only";
    /// The trigger `ONE_TIME` is spelled `MANUAL`.
    TriggerSpelledOtherwise = "trigger-spelled-otherwise" breaks "run/schema/trigger-enum";
    /// The type of every run is `JOB`.
    RunTypeSpelledOtherwise = "run-type-spelled-otherwise" breaks "run/schema/run-type-enum";
    /// `run_page_url` is no whole address.
    RunPageRelative = "run-page-relative" breaks "run/schema/run-page-url";
    /// `state_message` is a number.
    MessageAsNumber = "message-as-number" breaks "run/schema/state-message-string";
    /// Attempts are counted from 1.
    AttemptsFromOne = "attempts-from-one" breaks "run/consistency/attempt-number-zero";
    /// jobs/get shows `job_id` as text.
    JobIdAsText = "job-id-as-text" breaks "http/schema/int64-exact";

    /// No run is retried.
    RetryMissing = "retry-missing" breaks "run/lifecycle/retry-created";
    /// There is one retry more than `max_retries`, unless that is 0.
    RetryOneTooMany = "retry-one-too-many" breaks "run/lifecycle/retry-max-attempt";
    /// Every retry shows 1 as its `attempt_number`.
    RetryAttemptStuck = "retry-attempt-stuck" breaks "run/lifecycle/retry-attempt-numbers";
    /// Retries have the trigger `ONE_TIME`.
    RetryTriggerOneTime = "retry-trigger-one-time" breaks "run/lifecycle/retry-trigger";
    /// Runs that succeed are retried too.
    RetryAfterSuccess = "retry-after-success" breaks "run/lifecycle/retry-stops-on-success";
    /// A retry waits eight seconds if there is no `min_retry_interval_millis`.
    RetryWaitsUnasked = "retry-waits-unasked" breaks "run/lifecycle/retry-immediate-default";
    /// A retry does not wait for `min_retry_interval_millis`.
    RetryTooSoon = "retry-too-soon" breaks "run/lifecycle/retry-min-interval";
    /// A run that timed out is retried whatever `retry_on_timeout` says.
    RetryOnTimeoutAlways = "retry-on-timeout-always" breaks "run/lifecycle/no-retry-on-timeout-default";
    /// A run that timed out is not retried whatever `retry_on_timeout` says.
    RetryOnTimeoutNever = "retry-on-timeout-never" breaks "run/lifecycle/retry-on-timeout";
    /// A run that was cancelled is retried.
    RetryAfterCancel = "retry-after-cancel" breaks "run/lifecycle/no-retry-after-cancel";

    /// The export of a run of another task than a notebook succeeds without a view.
    ExportAnyTask = "export-any-task" breaks "runs-export/error/non-notebook";
    /// An export shows all views if it is not told which.
    ExportAllByDefault = "export-all-by-default" breaks "runs-export/schema/default-code";
    /// An export of an id that was never given has no views.
    UnknownRunExported = "unknown-run-exported" breaks "runs-export/error/unknown-run";
    /// An exported notebook is named by its whole path.
    ExportNamesPath = "export-names-path" breaks "runs-export/consistency/name-is-notebook";
    /// The type of a view is in lower case.
    ExportTypeLowerCase = "export-type-lower-case" breaks "runs-export/schema/view-type-enum";
    /// The views of an export have no name.
    ExportWithoutNames = "export-without-names" breaks "runs-export/schema/response";
    /// The content of a view is plain text.
    ExportAsText = "export-as-text" breaks "runs-export/schema/html";
    /// An export of all views shows the code only.
    ExportAllIsCode = "export-all-is-code" breaks "runs-export/consistency/all-superset";

    /// A cancel does nothing.
    CancelIgnored = "cancel-ignored" breaks "runs-cancel/lifecycle/eventually-terminated";
    /// A run that was cancelled shows `FAILED`.
    CancelEndsFailed = "cancel-ends-failed" breaks "runs-cancel/lifecycle/result-canceled";
    /// A cancel of a run that has ended is refused.
    CancelEndedRefused = "cancel-ended-refused" breaks "runs-cancel/idempotency/terminal-noop";
    /// A cancel of a pending run does nothing.
    CancelOnlyRunning = "cancel-only-running" breaks "runs-cancel/lifecycle/pending-run";
    /// A cancel of a run that waits for its place does nothing.
    QueuedCancelIgnored = "queued-cancel-ignored" breaks "runs-cancel/lifecycle/eventually-terminated";
    /// A cancel with a `run_id` that is no whole number is answered 404.
    CancelInvalid404 = "cancel-invalid-404" breaks "runs-cancel/error/invalid-400";
    /// A cancel of an id that was never given is answered 404.
    UnknownRunCancel404 = "unknown-run-cancel-404" breaks "runs-cancel/error/unknown-run-400";
    /// A cancel of a run that is terminating is refused.
    CancelAgainRefused = "cancel-again-refused" breaks "runs-cancel/idempotency/double-cancel";
    /// A cancel cancels all runs of the job.
    CancelCancelsOthers = "cancel-cancels-others" breaks "runs-cancel/consistency/others-untouched";
    /// A run that was cancelled shows another result once its end was seen.
    CancelledResultFlips = "cancelled-result-flips" breaks "x/concurrency/cancel-vs-complete";
    /// A cancel-all of an id that was never given is answered 404.
    UnknownJobCancelAll404 = "unknown-job-cancel-all-404" breaks "runs-cancel-all/error/unknown-job-400";
    /// After a cancel-all, its job can be run no more.
    CancelAllBlocks = "cancel-all-blocks" breaks "runs-cancel-all/lifecycle/new-runs-allowed";
    /// A cancel-all without anything to cancel is refused.
    CancelAllOfNothingRefused = "cancel-all-of-nothing-refused"
        breaks "runs-cancel-all/idempotency/no-active";
    /// A cancel-all leaves the earliest run active, if there are several.
    CancelAllForgetsOne = "cancel-all-forgets-one" breaks "runs-cancel-all/lifecycle/cancels-all-active";
    /// A cancel-all leaves the runs that wait for their place.
    CancelAllForgetsQueued = "cancel-all-forgets-queued" breaks "runs-cancel-all/lifecycle/cancels-all-active";
    /// A cancel-all cancels the runs of all jobs.
    CancelAllJobs = "cancel-all-jobs" breaks "runs-cancel-all/consistency/other-jobs-untouched";
    /// A cancel-all moves the `end_time` of runs that have ended to its own time.
    CancelAllRewritesEnded = "cancel-all-rewrites-ended"
        breaks "runs-cancel-all/consistency/completed-untouched";
    /// A cancel-all with a `job_id` that is no whole number is answered 404.
    CancelAllInvalid404 = "cancel-all-invalid-404" breaks "runs-cancel-all/error/invalid-400";

    /// An output shows `error` beside `notebook_output`.
    OutputAndError = "output-and-error" breaks "runs-get-output/schema/output-xor-error";
    /// The run in an output has another name than in runs/get.
    OutputMetadataStale = "output-metadata-stale"
        breaks "runs-get-output/consistency/metadata-equals-get";
    /// The value that a notebook returned lacks its last character.
    OutputCut = "output-cut" breaks "runs-get-output/lifecycle/exit-value";
    /// The value that a notebook returned is shown whole, however long it is.
    OutputBeyond1Mb = "output-beyond-1mb" breaks "runs-get-output/limit/truncated-1mb";
    /// A notebook that returned nothing shows `None`.
    OutputMadeUp = "output-made-up" breaks "runs-get-output/lifecycle/no-exit-empty";
    /// A get-output with a `run_id` that is no whole number is answered 404.
    OutputInvalid404 = "output-invalid-404" breaks "runs-get-output/error/invalid-400";
    /// An output does not show its run.
    OutputWithoutMetadata = "output-without-metadata" breaks "runs-get-output/schema/response";
    /// A get-output of an id that was never given fails with 500.
    UnknownRunOutputFails = "unknown-run-output-fails" breaks "runs-get-output/error/unknown-run-400";
    /// The value that a notebook returned is shown once only.
    OutputOnce = "output-once" breaks "runs-get-output/consistency/stable";
    /// The output of an active run shows a result.
    OutputEarly = "output-early" breaks "runs-get-output/error/active-run";
    /// The `error` of an output is an object.
    OutputErrorAsObject = "output-error-as-object" breaks "runs-get-output/schema/error-string";
    /// A run of another task than a notebook has a notebook's output.
    OutputOfAnyTask = "output-of-any-task" breaks "runs-get-output/error/non-notebook";

    /// An active run can be deleted.
    DeleteActiveRun = "delete-active-run" breaks "runs-delete/error/active";
    /// A delete of an active run is refused, and cancels it.
    DeleteActiveCancels = "delete-active-cancels" breaks "runs-delete/error/active-no-effect";
    /// A delete of a run succeeds and leaves it where it is.
    DeleteRunForgets = "delete-run-forgets" breaks "runs-delete/lifecycle/non-active-deleted";
    /// A delete of a run that was never given fails with 500.
    UnknownRunDeleteFails = "unknown-run-delete-fails" breaks "runs-delete/error/unknown-run";
    /// A run that is read within `--race-ms` after its delete can be read from then on.
    DeletedRunComesBack = "deleted-run-comes-back" breaks "x/concurrency/runs-delete-vs-get";
    /// The output of a deleted run can still be had.
    DeletedOutputKept = "deleted-output-kept" breaks "runs-delete/consistency/output-export-gone";
    /// A delete of a run removes its job as well.
    DeleteRunHidesJob = "delete-run-hides-job" breaks "runs-delete/consistency/job-kept";
    /// Once the latest run of a job was deleted, the next one gets the number before it.
    DeletedNumberReused = "deleted-number-reused" breaks "runs-delete/consistency/number-not-reused";
    /// A run that was cancelled cannot be deleted.
    CancelledRunKept = "cancelled-run-kept" breaks "runs-delete/lifecycle/cancel-then-delete";

    /// Reads without a credential are answered.
    UnauthenticatedServed = "unauthenticated-served" breaks "http/error/unauthenticated-rejected";
    /// Writes without a credential are refused, and carried out.
    UnauthenticatedWrites = "unauthenticated-writes" breaks "http/error/unauthenticated-no-effect";
    /// Where one token is asked for, jobs/get takes any.
    WrongTokenServed = "wrong-token-served" breaks "http/error/bad-token-rejected";
    /// A write with the wrong method is refused, and carried out; its arguments may stand in the query.
    WrongMethodActs = "wrong-method-acts" breaks "http/error/wrong-method-no-effect";
    /// Where there is nothing to tell, the answer is `[]` instead of `{}`.
    SuccessAsList = "success-as-list" breaks "http/schema/success-is-json-object";
    /// runs/get reads its body only, and not its query.
    QueryIgnored = "query-ignored" breaks "http/schema/get-query-params";
    /// The content type that curl sends unless told otherwise is refused.
    FormRefused = "form-refused" breaks "http/schema/curl-data-content-type";
    /// A path that is no endpoint's is answered `{}`.
    UnknownPathServed = "unknown-path-served" breaks "http/error/unknown-endpoint";
    /// A wrong method is answered `{}`.
    WrongMethodServed = "wrong-method-served" breaks "http/error/wrong-method";
    /// A body that is no JSON is answered `{}`.
    NoJsonServed = "no-json-served" breaks "http/error/malformed-json";
    /// A body that is no object is answered `{}`.
    NoObjectServed = "no-object-served" breaks "http/error/body-not-object";
    /// Errors have no `error_code`.
    ErrorsWithoutCode = "errors-without-code" breaks "http/schema/error-envelope";
    /// Where there is nothing to tell, the answer is `{"status": "ok"}`.
    SuccessSaysOk = "success-says-ok" breaks "http/schema/empty-success";
    /// A body of more than 10 MB is taken.
    LongBodyTaken = "long-body-taken" breaks "http/limit/request-10mb";
    /// A body of more than 1 MB is refused.
    BodyOf1MbRefused = "body-of-1-mb-refused" breaks "http/limit/request-under-10mb";
    /// A request with an invalid argument fails with 500.
    InvalidFails = "invalid-fails" breaks "http/error/no-5xx-for-bad-input";
    /// A 429 does not say when to try again.
    RetryAfterLost = "retry-after-lost" breaks "http/limit/429-retry-after";
}
