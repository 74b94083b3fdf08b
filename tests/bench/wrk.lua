-- wrk -s wrk.lua URL -- PATH SYMBOLS
-- Asks PATH for each symbol in turn (its %04d is a number below SYMBOLS), and prints what it found in JSON.

local asked, turn = {}, 0

function init(arguments)
   for number = 0, tonumber(arguments[2]) - 1 do
      asked[number] = wrk.format("GET", arguments[1]:format(number))
   end
end

function request()
   turn = (turn + 1) % (#asked + 1)
   return asked[turn]
end

function done(summary, latency, requests)
   local errors = summary.errors
   local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
   if failed > 0 then
      io.stderr:write(failed, " requests were not answered, or not well\n")
      os.exit(1)
   end
   local found = '{"per_second": %f, "p99": %f}\n'
   io.write(found:format(1e6 * summary.requests / summary.duration, latency:percentile(99) / 1000))
end
