import CBOR
import Testing

@Test("placeholder for compile") func builds() throws {
  var writer = CBORWriter()
  writer.array(2)
  writer.integer(-500)
  writer.text("USA")
  var reader = CBORReader(writer.bytes)
  try reader.array(exactly: 2)
  #expect(try reader.integer() == -500)
  #expect(try reader.text(max: 3) == "USA")
  reader.leave()
  try reader.finish()
}
