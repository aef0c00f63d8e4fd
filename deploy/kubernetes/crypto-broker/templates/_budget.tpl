{{/* Argument: a list of the scope and the component. */}}
{{- define "crypto-broker.budget" -}}
{{- $scope := index . 0 -}}
{{- $component := index . 1 -}}
{{- $values := index $scope.Values $component -}}
{{- if and $values.enabled $values.podDisruptionBudget.enabled }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "crypto-broker.fullname" $scope }}-{{ $component }}
  labels:
    {{- include "crypto-broker.labels" (list $scope $component) | nindent 4 }}
spec:
  maxUnavailable: {{ $values.podDisruptionBudget.maxUnavailable }}
  # A pod that is not ready anyway must not hold up the draining of its node.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "crypto-broker.selectorLabels" (list $scope $component) | nindent 6 }}
{{- end }}
{{- end -}}
