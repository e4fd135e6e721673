// The extensions "network" and "encoders".

#include <optional>
#include <string>

#include "base/text.h"
#include "lang/cel/library.h"
#include "lang/cel/network.h"
#include "lang/cel/value_text.h"

namespace junctor::lang::cel {
namespace {

constexpr std::size_t kShownMax = 64;

Value fail_address(Machine& machine, std::string_view text, AddressFault fault,
                   std::string_view what) {
  const std::string shown = quote(text.substr(0, kShownMax));
  switch (fault) {
    case AddressFault::zone:
      return machine.fail_with(Fault::invalid_argument,
                               shown + " has a zone, which " + std::string{what} + " may not have");
    case AddressFault::mapped:
      return machine.fail_with(Fault::invalid_argument,
                               shown + " is an IPv4 address written as IPv6: write it as IPv4");
    case AddressFault::syntax: break;
  }
  return machine.fail_with(Fault::invalid_argument, shown + " is no " + std::string{what});
}

Value ip(Machine& machine, Arguments a) {
  const auto parsed = parse_address(a[0].text());
  if (parsed) return Value::ip(*parsed);
  return fail_address(machine, a[0].text(), parsed.error(), "IP address");
}

Value cidr(Machine& machine, Arguments a) {
  const auto parsed = parse_network(a[0].text());
  if (parsed) return Value::cidr(*parsed);
  return fail_address(machine, a[0].text(), parsed.error(), "network (10.0.0.0/8)");
}

Value is_ip(Machine& /*machine*/, Arguments a) {
  return Value::boolean(parse_address(a[0].text()).has_value());
}

Value is_cidr(Machine& /*machine*/, Arguments a) {
  return Value::boolean(parse_network(a[0].text()).has_value());
}

Value is_canonical(Machine& machine, Arguments a) {
  const auto parsed = parse_address(a[0].text());
  if (!parsed) return fail_address(machine, a[0].text(), parsed.error(), "IP address");
  return Value::boolean(address_text(*parsed) == a[0].text());
}

template <bool (*kTest)(const IpAddress&) noexcept>
Value test(Machine& /*machine*/, Arguments a) {
  return Value::boolean(kTest(a[0].address()));
}

Value family(Machine& /*machine*/, Arguments a) {
  return Value::int64(a[0].address().family);
}

Value prefix_length(Machine& /*machine*/, Arguments a) {
  return Value::int64(a[0].address().prefix_bits);
}

Value address_of(Machine& /*machine*/, Arguments a) {
  IpAddress address = a[0].address();
  address.prefix_bits = 0;
  return Value::ip(address);
}

Value masked_network(Machine& /*machine*/, Arguments a) {
  return Value::cidr(masked(a[0].address()));
}

Value string_of_ip(Machine& machine, Arguments a) {
  return machine.copy_string(address_text(a[0].address()));
}

Value string_of_cidr(Machine& machine, Arguments a) {
  return machine.copy_string(network_text(a[0].address()));
}

Value contains_ip(Machine& /*machine*/, Arguments a) {
  return Value::boolean(contains(a[0].address(), a[1].address()));
}

Value contains_ip_text(Machine& machine, Arguments a) {
  const Value parsed = ip(machine, {.values = a.values.subspan(1)});
  return parsed.is_error() ? parsed : Value::boolean(contains(a[0].address(), parsed.address()));
}

bool contains_network(const IpAddress& outer, const IpAddress& inner) noexcept {
  return inner.prefix_bits >= outer.prefix_bits && contains(outer, inner);
}

Value contains_cidr(Machine& /*machine*/, Arguments a) {
  return Value::boolean(contains_network(a[0].address(), a[1].address()));
}

Value contains_cidr_text(Machine& machine, Arguments a) {
  const Value parsed = cidr(machine, {.values = a.values.subspan(1)});
  return parsed.is_error() ? parsed
                           : Value::boolean(contains_network(a[0].address(), parsed.address()));
}

Value encode(Machine& machine, Arguments a) {
  if (!machine.charge_bytes(a[0].text().size())) return machine.stopped();
  return machine.copy_string(base64_encode(a[0].text()));
}

// Also without the padding, which many senders leave out; a part of it is none.
Value decode(Machine& machine, Arguments a) {
  if (!machine.charge_bytes(a[0].text().size())) return machine.stopped();
  std::string text{a[0].text()};
  if (!text.contains('=')) {
    while (text.size() % 4 > 1) text += '=';
  }
  const std::optional<std::string> bytes = base64_decode(text);
  if (!bytes) return Machine::fail(Fault::invalid_argument, "this text is no base64");
  return machine.copy_bytes(*bytes);
}

constexpr auto kFunction = CallStyle::function;
constexpr auto kMethod = CallStyle::method;

constexpr FunctionRow kNetwork[] = {
    {"ip", kFunction, "string -> net.IP", ip},
    {"ip", kMethod, "net.CIDR -> net.IP", address_of},
    {"cidr", kFunction, "string -> net.CIDR", cidr},
    {"isIP", kFunction, "string -> bool", is_ip},
    {"isCIDR", kFunction, "string -> bool", is_cidr},
    {"ip.isCanonical", kFunction, "string -> bool", is_canonical},
    {"family", kMethod, "net.IP -> int", family},
    {"isUnspecified", kMethod, "net.IP -> bool", test<is_unspecified>},
    {"isLoopback", kMethod, "net.IP -> bool", test<is_loopback>},
    {"isGlobalUnicast", kMethod, "net.IP -> bool", test<is_global_unicast>},
    {"isLinkLocalMulticast", kMethod, "net.IP -> bool", test<is_link_local_multicast>},
    {"isLinkLocalUnicast", kMethod, "net.IP -> bool", test<is_link_local_unicast>},
    {"string", kFunction, "net.IP -> string", string_of_ip},
    {"string", kFunction, "net.CIDR -> string", string_of_cidr},
    {"containsIP", kMethod, "net.CIDR, net.IP -> bool", contains_ip},
    {"containsIP", kMethod, "net.CIDR, string -> bool", contains_ip_text},
    {"containsCIDR", kMethod, "net.CIDR, net.CIDR -> bool", contains_cidr},
    {"containsCIDR", kMethod, "net.CIDR, string -> bool", contains_cidr_text},
    {"masked", kMethod, "net.CIDR -> net.CIDR", masked_network},
    {"prefixLength", kMethod, "net.CIDR -> int", prefix_length},
};

constexpr FunctionRow kEncoders[] = {
    {"base64.encode", kFunction, "bytes -> string", encode},
    {"base64.decode", kFunction, "string -> bytes", decode},
};

}  // namespace

std::span<const FunctionRow> network_extension() noexcept {
  return kNetwork;
}
std::span<const FunctionRow> encoder_extension() noexcept {
  return kEncoders;
}

}  // namespace junctor::lang::cel
