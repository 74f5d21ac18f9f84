"""The countries of the world: their names, and a map of equal tiles, one a country, each near where it lies.

Tiles are as easy to hit for Malta as for Russia, need no geometry, and still read as a map on a phone. Codes are
those of ISO 3166-1 alpha-2, which are also (in capitals) the top-level domains that countries have.
"""

_ROWS = """
.. .. .. .. .. .. .. GL .. IS .. .. NO SE FI .. .. .. .. .. .. .. .. .. .. ..
.. CA .. .. .. PM .. .. .. FO .. .. DK .. EE RU .. .. .. .. .. .. .. .. .. ..
.. US .. .. .. BM .. .. IE GB .. NL DE PL LV BY .. .. KZ .. MN .. .. .. .. ..
.. MX .. BS .. .. .. .. JE GG BE LU CZ SK LT UA .. TM UZ KG CN KP .. JP .. ..
GT BZ .. CU TC VG .. .. .. IM FR CH AT HU RO MD GE AZ TJ .. .. KR .. .. .. ..
SV HN KY JM HT DO PR AI PT ES AD LI SI HR RS BG AM IR AF .. .. .. TW .. .. ..
NI .. .. AW CW VI KN AG .. GI MC IT BA ME MK TR IQ SY PK NP BT HK MO GU MP ..
CR PA .. .. GP MQ DM LC .. .. SM VA MT AL GR CY LB IL JO IN BD MM LA VN PH PW
.. CO VE .. GD VC BB .. MA DZ TN LY EG .. .. PS KW BH SA LK .. TH KH .. FM MH
EC PE GY SR GF TT .. CV EH ML NE TD SD ER .. .. YE QA AE MV .. MY BN .. NR KI
.. BO BR .. .. .. .. MR SN BF NG CF SS ET DJ .. .. OM .. IO .. SG ID TL PG SB
.. PY UY .. .. .. .. GM GN CI GH CM CD UG KE SO .. .. .. CX CC .. .. TV WS TK
CL AR .. .. .. .. .. GW SL TG BJ GA CG RW TZ SC .. .. .. .. .. .. AU VU FJ AS
.. FK .. .. .. .. .. .. LR ST GQ AO ZM BI MW KM YT .. .. .. .. .. NC WF TO CK
.. GS .. .. .. .. .. .. .. SH .. NA BW ZW MZ MG MU .. .. .. .. .. NF NZ NU PF
.. .. .. .. .. .. .. .. .. .. .. ZA LS SZ .. RE .. .. .. .. .. .. HM .. PN AQ
"""

_NAMES = """
AD Andorra|AE United Arab Emirates|AF Afghanistan|AG Antigua and Barbuda|AI Anguilla|AL Albania|AM Armenia|AO Angola
AQ Antarctica|AR Argentina|AS American Samoa|AT Austria|AU Australia|AW Aruba|AX Åland|AZ Azerbaijan
BA Bosnia and Herzegovina|BB Barbados|BD Bangladesh|BE Belgium|BF Burkina Faso|BG Bulgaria|BH Bahrain|BI Burundi
BJ Benin|BL Saint Barthélemy|BM Bermuda|BN Brunei|BO Bolivia|BQ Caribbean Netherlands|BR Brazil|BS Bahamas|BT Bhutan
BV Bouvet Island|BW Botswana|BY Belarus|BZ Belize|CA Canada|CC Cocos Islands|CD Congo (Kinshasa)
CF Central African Republic|CG Congo (Brazzaville)|CH Switzerland|CI Côte d'Ivoire|CK Cook Islands|CL Chile
CM Cameroon|CN China|CO Colombia|CR Costa Rica|CU Cuba|CV Cape Verde|CW Curaçao|CX Christmas Island|CY Cyprus
CZ Czechia|DE Germany|DJ Djibouti|DK Denmark|DM Dominica|DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia
EG Egypt|EH Western Sahara|ER Eritrea|ES Spain|ET Ethiopia|FI Finland|FJ Fiji|FK Falkland Islands|FM Micronesia
FO Faroe Islands|FR France|GA Gabon|GB United Kingdom|GD Grenada|GE Georgia|GF French Guiana|GG Guernsey|GH Ghana
GI Gibraltar|GL Greenland|GM Gambia|GN Guinea|GP Guadeloupe|GQ Equatorial Guinea|GR Greece|GS South Georgia
GT Guatemala|GU Guam|GW Guinea-Bissau|GY Guyana|HK Hong Kong|HM Heard and McDonald Islands|HN Honduras|HR Croatia
HT Haiti|HU Hungary|ID Indonesia|IE Ireland|IL Israel|IM Isle of Man|IN India|IO British Indian Ocean Territory
IQ Iraq|IR Iran|IS Iceland|IT Italy|JE Jersey|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia
KI Kiribati|KM Comoros|KN Saint Kitts and Nevis|KP North Korea|KR South Korea|KW Kuwait|KY Cayman Islands
KZ Kazakhstan|LA Laos|LB Lebanon|LC Saint Lucia|LI Liechtenstein|LK Sri Lanka|LR Liberia|LS Lesotho|LT Lithuania
LU Luxembourg|LV Latvia|LY Libya|MA Morocco|MC Monaco|MD Moldova|ME Montenegro|MF Saint Martin|MG Madagascar
MH Marshall Islands|MK North Macedonia|ML Mali|MM Myanmar|MN Mongolia|MO Macao|MP Northern Mariana Islands
MQ Martinique|MR Mauritania|MS Montserrat|MT Malta|MU Mauritius|MV Maldives|MW Malawi|MX Mexico|MY Malaysia
MZ Mozambique|NA Namibia|NC New Caledonia|NE Niger|NF Norfolk Island|NG Nigeria|NI Nicaragua|NL Netherlands|NO Norway
NP Nepal|NR Nauru|NU Niue|NZ New Zealand|OM Oman|PA Panama|PE Peru|PF French Polynesia|PG Papua New Guinea
PH Philippines|PK Pakistan|PL Poland|PM Saint Pierre and Miquelon|PN Pitcairn|PR Puerto Rico|PS Palestine|PT Portugal
PW Palau|PY Paraguay|QA Qatar|RE Réunion|RO Romania|RS Serbia|RU Russia|RW Rwanda|SA Saudi Arabia|SB Solomon Islands
SC Seychelles|SD Sudan|SE Sweden|SG Singapore|SH Saint Helena|SI Slovenia|SJ Svalbard and Jan Mayen|SK Slovakia
SL Sierra Leone|SM San Marino|SN Senegal|SO Somalia|SR Suriname|SS South Sudan|ST São Tomé and Príncipe|SV El Salvador
SX Sint Maarten|SY Syria|SZ Eswatini|TC Turks and Caicos Islands|TD Chad|TF French Southern Territories|TG Togo
TH Thailand|TJ Tajikistan|TK Tokelau|TL Timor-Leste|TM Turkmenistan|TN Tunisia|TO Tonga|TR Türkiye
TT Trinidad and Tobago|TV Tuvalu|TW Taiwan|TZ Tanzania|UA Ukraine|UG Uganda|UM United States Minor Outlying Islands
US United States|UY Uruguay|UZ Uzbekistan|VA Vatican City|VC Saint Vincent and the Grenadines|VE Venezuela
VG British Virgin Islands|VI United States Virgin Islands|VN Vietnam|VU Vanuatu|WF Wallis and Futuna|WS Samoa|YE Yemen
YT Mayotte|ZA South Africa|ZM Zambia|ZW Zimbabwe
"""

NAMES: dict[str, str] = {each[:2]: each[3:] for each in _NAMES.strip().replace("\n", "|").split("|")}
"""Code → English name."""

TILES: dict[str, tuple[int, int]] = {
    code: (column, row)
    for row, line in enumerate(_ROWS.split("\n")[1:-1], 1)
    for column, code in enumerate(line.split(), 1)
    if code != ".."
}
"""Code → its column and row on the map, counted from 1."""

COLUMNS = max(column for column, _ in TILES.values())


def name(code: str) -> str:
    """Return the name of a country, or its code where it has none."""
    return NAMES.get(code, code)
