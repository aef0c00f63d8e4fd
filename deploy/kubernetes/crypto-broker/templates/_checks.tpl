{{/* Rules between values, which a schema cannot say, or not in words. Included by every workload and by templates/checks.yaml. */}}
{{- define "crypto-broker.checks" -}}
{{- $values := .Values -}}
{{- $minor := .Capabilities.KubeVersion.Minor | replace "+" "" | int -}}
{{- $version := .Capabilities.KubeVersion.Version -}}
{{- if and $values.broker.native (eq .Capabilities.KubeVersion.Major "1") (lt $minor 29) -}}
{{- fail (printf "broker.native: this cluster (%s) has no native sidecars, which came with 1.29: set it to false" $version) -}}
{{- end -}}
{{- if and $values.profiles.content $values.profiles.existingConfigMap -}}
{{- fail "profiles: give content or existingConfigMap, not both" -}}
{{- end -}}
{{- if and $values.application.enabled (not $values.application.containers) -}}
{{- fail "application.containers: name at least one container of yours; a Broker alone serves nobody" -}}
{{- end -}}
{{- $otlp := $values.telemetry.otlp -}}
{{- if and (or $otlp.traces $otlp.metrics $otlp.logs) (not $otlp.endpoint) -}}
{{- fail "telemetry.otlp.endpoint: say where the collector is, since traces, metrics or logs are switched on" -}}
{{- end -}}
{{- if and $values.monitoring.enabled (not $values.telemetry.endpoint.enabled) -}}
{{- fail "monitoring.enabled: there is nothing to scrape unless telemetry.endpoint.enabled is true" -}}
{{- end -}}
{{- if and $values.certManager.enabled (not $values.certManager.issuerRef.name) -}}
{{- fail "certManager.issuerRef.name: name the issuer" -}}
{{- end -}}
{{- if $values.gateway.enabled -}}
{{- include "crypto-broker.gatewayChecks" . -}}
{{- end -}}
{{- if $values.core.enabled -}}
{{- $own := $values.core -}}
{{- if not (or $own.secretName $own.csi $values.certManager.enabled) -}}
{{- fail "core.secretName: name the Secret with the Core's tls.crt, tls.key and ca.crt (the CA of the Gateways), or give core.csi, or enable certManager" -}}
{{- end -}}
{{- if not $own.rootSecret.secretName -}}
{{- fail (printf "core.rootSecret.secretName: name the Secret with the root secret; make one with: cryptobroker core root-secret FILE && kubectl create secret generic NAME --from-file=%s=FILE" $own.rootSecret.key) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "crypto-broker.gatewayChecks" -}}
{{- $gateway := .Values.gateway -}}
{{- if not (or $gateway.core.address .Values.core.enabled) -}}
{{- fail "gateway.core.address: say which Core the Gateway dials" -}}
{{- end -}}
{{- if not (or $gateway.uplink.secretName $gateway.uplink.csi .Values.certManager.enabled) -}}
{{- fail "gateway.uplink.secretName: name the Secret with tls.crt, tls.key and ca.crt of the uplink, or give gateway.uplink.csi, or enable certManager" -}}
{{- end -}}
{{- if not (or $gateway.kmip.certificates .Values.certManager.enabled) -}}
{{- fail "gateway.kmip.certificates: name the Secret with tls.crt and tls.key of the KMIP listener, or enable certManager" -}}
{{- end -}}
{{- if and (gt (int $gateway.replicas) 1) (not $gateway.uplink.csi) -}}
{{- fail "gateway.replicas: each Gateway needs an identity of its own, and one Secret is one identity; give gateway.uplink.csi, or install the chart once for each Gateway" -}}
{{- end -}}
{{- if and (gt (int $gateway.replicas) 1) $gateway.name -}}
{{- fail "gateway.name: several replicas cannot have one name; leave it out, and each takes that of its certificate" -}}
{{- end -}}
{{- end -}}
