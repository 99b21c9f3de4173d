-- Asks for RUNS runs in turn from the run FIRST on: wrk … URL -- RUNS FIRST

local runs, first, asked = 1, 1, 0
local before, after

init = function(args)
    runs, first = tonumber(args[1]), tonumber(args[2])
    -- Made once; only the number changes.
    local request = wrk.format("GET", wrk.path .. "RUN")
    before, after = request:match("^(.-)RUN(.*)$")
end

request = function()
    local run = first + asked % runs
    asked = asked + 1
    return string.format("%s%d%s", before, run, after)
end

-- One line: answers, failures, and the median and 99th percentile of the times in microseconds.
done = function(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format(
        "%d %d %d %d\n", summary.requests, failed, latency:percentile(50), latency:percentile(99)))
end
