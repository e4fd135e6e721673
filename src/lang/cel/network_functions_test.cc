// Goal: the functions of the "network" and "encoders" extensions read strictly and compare by
// value. Method: tables of calls and results.

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::expect_all;
using testing::Row;

TEST(NetworkFunctions, Addresses) {
  constexpr Row kRows[] = {
      {"text", "string(ip('2001:DB8::1'))", "\"2001:db8::1\""},
      {"equal", "ip('2001:db8::1') == ip('2001:DB8:0:0:0:0:0:1')", "true"},
      {"unequal", "ip('127.0.0.1') == ip('127.0.0.2')", "false"},
      {"is_ip", "isIP('127.0.0.1') && isIP('::1')", "true"},
      {"is_no_ip", "isIP('127.0.0') || isIP('::ffff:1.2.3.4') || isIP('fe80::1%eth0')", "false"},
      {"canonical", "ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')",
       "true"},
      {"family", "[ip('127.0.0.1').family(), ip('::1').family()]", "[4, 6]"},
      {"unspecified", "ip('0.0.0.0').isUnspecified() && ip('::').isUnspecified()", "true"},
      {"loopback", "ip('127.9.9.9').isLoopback() && !ip('128.0.0.1').isLoopback()", "true"},
      {"global", "ip('192.168.0.1').isGlobalUnicast() && !ip('224.0.0.1').isGlobalUnicast()",
       "true"},
      {"link_local", "ip('169.254.1.1').isLinkLocalUnicast() && ip('fe80::1').isLinkLocalUnicast()",
       "true"},
      {"link_local_multicast",
       "ip('224.0.0.1').isLinkLocalMulticast() && ip('ff02::1').isLinkLocalMulticast()", "true"},
      {"bad", "ip('256.0.0.1')", "error: invalid_argument"},
  };
  expect_all(kRows);
}

TEST(NetworkFunctions, Networks) {
  constexpr Row kRows[] = {
      {"contains", "cidr('10.0.0.0/8').containsIP('10.1.2.3')", "true"},
      {"contains_address", "cidr('10.0.0.0/8').containsIP(ip('11.1.2.3'))", "false"},
      {"contains_other_family", "cidr('::/0').containsIP('10.1.2.3')", "false"},
      {"contains_bad", "cidr('10.0.0.0/8').containsIP('10.1.2')", "error: invalid_argument"},
      {"contains_network", "cidr('10.0.0.0/8').containsCIDR(cidr('10.9.0.0/16'))", "true"},
      {"contains_larger", "cidr('10.0.0.0/8').containsCIDR('10.0.0.0/7')", "false"},
      {"contains_itself", "cidr('10.0.0.0/8').containsCIDR('10.0.0.0/8')", "true"},
      {"address_of", "cidr('10.1.2.3/8').ip() == ip('10.1.2.3')", "true"},
      {"masked", "string(cidr('10.1.2.3/8').masked())", "\"10.0.0.0/8\""},
      {"prefix", "cidr('2001:db8::/32').prefixLength()", "32"},
      {"is_cidr", "isCIDR('10.0.0.0/8') && isCIDR('::/0')", "true"},
      {"is_no_cidr", "isCIDR('10.0.0.0/33') || isCIDR('10.0.0.0') || isCIDR('10.0.0.0/08')",
       "false"},
      {"bad", "cidr('10.0.0.0/8/8')", "error: invalid_argument"},
  };
  expect_all(kRows);
}

TEST(EncoderFunctions, Base64) {
  constexpr Row kRows[] = {
      {"encode", "base64.encode(b'\\xff\\xfe')", "\"//4=\""},
      {"encode_nothing", "base64.encode(b'')", "\"\""},
      {"decode", "base64.decode('aGVsbG8=')", "b\"hello\""},
      {"decode_unpadded", "base64.decode('//4')", "b\"\\xff\\xfe\""},
      {"decode_half_padded", "base64.decode('//4wA=')", "error: invalid_argument"},
      {"decode_padded_too_much", "base64.decode('//4==')", "error: invalid_argument"},
      {"decode_one_letter", "base64.decode('a')", "error: invalid_argument"},
      {"decode_other_alphabet", "base64.decode('__4=')", "error: invalid_argument"},
      {"decode_bits_beyond", "base64.decode('//5=')", "error: invalid_argument"},
  };
  expect_all(kRows);
}

}  // namespace
}  // namespace junctor::lang::cel
