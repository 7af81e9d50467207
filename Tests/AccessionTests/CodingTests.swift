import Accession
import Testing

@Suite("Codes and numbers of accession")
struct CodeTests {
  @Test("every refusal has a code of its own and a sentence")
  func codes() {
    #expect(Set(AccessionRefusal.allCases.map(\.code)).count == AccessionRefusal.allCases.count)
    for refusal in AccessionRefusal.allCases {
      #expect(!refusal.sentence.isEmpty)
      #expect(refusal.code.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x5F })
    }
  }
}
