// Precompiled once for every room: what is slow to read, stable, and used nearly everywhere.
// Only the standard library and base; a library of others would leak into rooms that may not use it.
#include <array>
#include <atomic>
#include <chrono>
#include <coroutine>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/error.h"
