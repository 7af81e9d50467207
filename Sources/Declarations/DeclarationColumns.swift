import CSV

/// Where the fields of a declaration stand in a file's lines. Columns of other names are passed over.
struct DeclarationColumns: Sendable {
  /// How many fields each line has.
  let count: Int
  let line: Int
  let item: Int?
  let hs6: Int?
  let origin: Int
  let declaredValue: Int
  let currency: Int
  let netKilograms: Int
  let moisture: Int?
  let grade: Int?
  let freightInsurance: Int?
  let otherDuties: Int?
  let date: Int?
  let originCertificate: Int?

  init(_ header: CSVHeader) throws(CSVError) {
    var missing: [String] = []
    func place(_ name: String) -> Int {
      guard let index = header.index(of: name) else {
        missing.append(name)
        return 0
      }
      return index
    }
    count = header.names.count
    line = place("line")
    origin = place("origin")
    declaredValue = place("declared_value")
    currency = place("currency")
    netKilograms = place("net_kg")
    item = header.index(of: "item")
    hs6 = header.index(of: "hs6")
    if item == nil, hs6 == nil { missing.append("item or hs6") }
    moisture = header.index(of: "moisture_ppm")
    grade = header.index(of: "grade_ppm")
    freightInsurance = header.index(of: "freight_insurance")
    otherDuties = header.index(of: "other_duties")
    date = header.index(of: "date")
    originCertificate = header.index(of: "origin_certificate")
    guard missing.isEmpty else { throw .missingColumns(missing) }
  }
}
