import Trade

/// The origin as a declaration states it.
package enum DeclaredOrigin: Hashable, Sendable {
  /// The field is empty.
  case missing
  /// Three capital letters, known or not.
  case code(OriginCode)
  /// Anything else.
  case unreadable
}

/// One line of a declaration, its fields already read.
package struct DeclarationLine: Hashable, Sendable {
  /// The item, where the declarant names one.
  package var item: ItemID?
  /// The subheading, where the declarant names one.
  package var code: CommodityCode?
  package var origin: DeclaredOrigin
  /// In minor units of the importing member's currency.
  package var declaredValue: Money
  package var currency: CurrencyCode
  /// The mass that customs knows, moisture included.
  package var netMass: Mass
  /// None stated: no moisture.
  package var moisture: PPM?
  /// None stated: the reference grade, for items by product weight.
  package var grade: PPM?
  package var freightInsurance: Money?
  /// Other duties that the declaration states.
  package var declaredDuty: Money
  /// None stated: the day of the assessment.
  package var date: CalendarDate?
  /// Whether a certificate of origin is named.
  package var hasOriginCertificate: Bool

  package init(
    item: ItemID?, code: CommodityCode?, origin: DeclaredOrigin, declaredValue: Money, currency: CurrencyCode,
    netMass: Mass, moisture: PPM? = nil, grade: PPM? = nil, freightInsurance: Money? = nil,
    declaredDuty: Money = .zero, date: CalendarDate? = nil, hasOriginCertificate: Bool = false
  ) {
    self.item = item
    self.code = code
    self.origin = origin
    self.declaredValue = declaredValue
    self.currency = currency
    self.netMass = netMass
    self.moisture = moisture
    self.grade = grade
    self.freightInsurance = freightInsurance
    self.declaredDuty = declaredDuty
    self.date = date
    self.hasOriginCertificate = hasOriginCertificate
  }
}
