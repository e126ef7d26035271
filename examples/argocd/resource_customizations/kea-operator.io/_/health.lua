-- Health of every kind of kea-operator.io: HAPair, SharedNetwork, Subnet, HostReservation, ClientClass, OptionDefinition.
-- Their statuses follow kstatus: observedGeneration, and the conditions Ready, Reconciling and Stalled.

local hs = { status = "Progressing", message = "Waiting for the operator to look at it" }
if obj.status == nil then
  return hs
end
-- A new object has -1 until the operator has looked at it.
if obj.status.observedGeneration ~= nil and obj.metadata.generation ~= nil
    and obj.status.observedGeneration ~= obj.metadata.generation then
  hs.message = "Waiting for the operator to look at the present generation"
  return hs
end

local ready, stalled
for _, condition in ipairs(obj.status.conditions or {}) do
  if condition.type == "Ready" then
    ready = condition
  elseif condition.type == "Stalled" then
    stalled = condition
  end
end
if ready == nil then
  return hs
end

hs.message = ready.reason .. ": " .. (ready.message or "")
if ready.status == "True" then
  hs.status = "Healthy"
elseif ready.status == "False" then
  -- Operators that do not say Stalled refuse at once what refers to an object of the same sync that comes after it.
  local comes = ready.reason == "RefNotFound" or ready.reason == "ParentRejected"
  if stalled ~= nil or not comes then
    hs.status = "Degraded"
  end
elseif ready.reason == "Paused" or ready.reason == "DryRun" then
  hs.status = "Suspended"
end
return hs
