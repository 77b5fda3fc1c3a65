/** Word lists that the text generator draws from. Common words first: they are drawn more often. */
const words = (list: string): readonly string[] => list.trim().split(/\s+/)

export const nouns: readonly string[] = words(`
  time account order request customer service price report team change result record system reason value problem
  number window field ticket message delivery payment address supplier contract invoice shipment warehouse carrier
  refund balance region market project version release server cluster index query table column schema deadline
  budget estimate approval manager engineer analyst auditor driver partner branch office counter terminal gateway
  sensor reading threshold alarm pressure temperature valve turbine pump filter engine battery charger cable
  connector bracket housing panel module firmware driver protocol packet session token certificate password policy
  permission role group quota limit rate burst delay latency throughput backlog queue worker thread lock buffer
  cache replica snapshot backup restore archive bucket object folder document paragraph clause appendix footnote
  chapter draft revision comment reviewer editor translation glossary passenger luggage itinerary reservation seat
  cabin fare voucher departure arrival layover platform ferry harbour airport runway bridge tunnel highway detour
  junction crossing garden orchard meadow river valley ridge forest canopy seedling harvest soil irrigation
  fertiliser crop livestock pasture barn tractor recipe ingredient flour butter cinnamon pepper garlic onion
  tomato lentil broth kettle oven skillet portion patient clinic dosage symptom allergy therapy surgeon nurse
  ward referral prescription vaccine laboratory specimen culture enzyme protein compound solvent reagent catalyst
  spectrum wavelength detector telescope orbit payload antenna module rover crater museum gallery sculpture canvas
  portrait curator exhibit auction collector orchestra rehearsal melody chorus violin trumpet audience theatre
  script actor director camera lens studio broadcast episode subscriber channel advert campaign slogan survey
  respondent sample margin forecast inflation dividend shareholder ledger audit surplus deficit tariff customs
  embargo treaty minister council mayor district ballot petition statute verdict witness attorney tribunal appeal
  mortgage tenant landlord lease deposit plumbing insulation roof gutter chimney staircase corridor elevator
  basement carpenter welder electrician blueprint concrete girder scaffold crane quarry mineral copper lithium
  cobalt granite limestone reservoir dam spillway tributary estuary glacier avalanche drought monsoon hurricane`)

export const verbs: readonly string[] = words(`
  be have need check confirm update change open close send receive move add remove find report review approve
  reject cancel refund charge ship deliver return replace repair inspect measure record compare estimate expect
  require allow deny grant revoke assign schedule postpone delay resume restart migrate deploy monitor trace log
  parse validate encode decode compress encrypt rotate archive restore delete merge split filter group sort rank
  predict adjust calibrate install configure upgrade patch test verify sign certify audit negotiate settle invoice
  pay deposit withdraw transfer exchange book board depart arrive connect disconnect route forward escalate
  summarise translate annotate publish distribute collect sample extract dilute heat cool stir pour plant harvest
  irrigate prune feed treat diagnose prescribe operate discharge admit vaccinate observe photograph perform
  rehearse broadcast subscribe renew expire evict rent renovate insulate weld drill excavate haul load unload`)

export const adjectives: readonly string[] = words(`
  new old open late early high low full partial final current previous next same different large small main local
  remote internal external public private manual automatic daily weekly monthly annual regional national urgent
  minor major critical stable unstable broken missing duplicate invalid valid empty spare faulty intact damaged
  refundable prepaid overdue pending confirmed tentative provisional temporary permanent legacy modern portable
  industrial domestic coastal mountainous rural urban northern southern eastern western chemical thermal magnetic
  optical hydraulic electric diesel solar organic seasonal fragile perishable hazardous sterile acute chronic
  benign statutory fiscal gross net quarterly interim binding dormant vacant furnished soundproof weatherproof`)

export const joints: readonly string[] = words(`
  the the the the of of of and and to to to in in a a a is is that for for it on on with as was at by this we be
  from or an are not but which were has had their its you your if when there will can about after before because
  so than then while under over between during without since until although however instead only also still again
  already almost roughly exactly usually rarely never always`)

export const givenNames: readonly string[] = words(`
  Amara Benedikt Chiara Dmitri Elif Farouk Greta Hiroshi Ingrid Jamal Katarzyna Leandro Mei Nikhil Oluchi Petra
  Quentin Rosalind Santiago Tomasz Ursula Viktor Wanjiru Ximena Yusuf Zofia Anselm Brigid Caspian Delphine Ezra
  Fatima Gideon Henrike Ivo Juniper Kofi Lucinda Matthias Noor Octavia Pradeep Rowan Sunniva Thandiwe Umberto`)

export const familyNames: readonly string[] = words(`
  Abernathy Bergstrom Castellanos Dubois Eriksen Fitzgerald Gutierrez Haverford Ivanova Jankowski Kowalczyk
  Lindqvist Mbeki Nakamura Okonkwo Papadakis Quigley Rasmussen Szymanski Takahashi Underhill Vasquez Whitcombe
  Xiang Yamaguchi Zimmermann Achterberg Bhattacharya Chukwu Delacroix Ellingsen Farquhar Grzelak Hollingsworth`)

export const places: readonly string[] = words(`
  Lisbon Trondheim Nairobi Osaka Valparaiso Gdansk Marrakesh Winnipeg Tbilisi Adelaide Cartagena Reykjavik
  Thessaloniki Kaohsiung Bergen Ljubljana Dakar Hobart Quito Bremen Cork Almaty Mombasa Zaragoza Uppsala Busan
  Ghent Salta Pune Tromso Izmir Leipzig Perth Oaxaca Vilnius Aarhus Windhoek Nantes Dresden Malmo`)
