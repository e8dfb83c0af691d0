import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.serialization.AbstractDeserializationSchema;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;

/** The same question in Flink, one slot, a checkpoint each second, exactly once: views by campaign in windows of ten seconds. FlinkPeer KAFKA TOPIC COUNT */
public class FlinkPeer {
  static final AtomicLong SEEN = new AtomicLong();
  static volatile boolean began = false;

  static class Decode extends AbstractDeserializationSchema<Tuple3<String, String, Long>> {
    private transient ObjectMapper json;
    public Tuple3<String, String, Long> deserialize(byte[] bytes) {
      if (!began) { began = true; System.out.println("began"); System.out.flush(); }
      try {
        if (json == null) json = new ObjectMapper();
        JsonNode node = json.readTree(bytes);
        return Tuple3.of(node.path("campaign_id").asText(), node.path("event_type").asText(), node.path("event_time").asLong());
      } catch (Exception error) {
        return Tuple3.of("", "", 0L);
      } finally {
        SEEN.incrementAndGet();
      }
    }
  }

  static class Count implements AggregateFunction<Tuple3<String, String, Long>, Long, Long> {
    public Long createAccumulator() { return 0L; }
    public Long add(Tuple3<String, String, Long> event, Long had) { return had + 1; }
    public Long getResult(Long had) { return had; }
    public Long merge(Long a, Long b) { return a + b; }
  }

  public static void main(String[] args) throws Exception {
    long count = Long.parseLong(args[2]);
    Configuration settings = new Configuration();
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, settings);
    env.enableCheckpointing(1000);
    KafkaSource<Tuple3<String, String, Long>> source = KafkaSource.<Tuple3<String, String, Long>>builder()
        .setBootstrapServers(args[0]).setTopics(args[1]).setGroupId("flink-peer-" + System.nanoTime())
        .setStartingOffsets(OffsetsInitializer.earliest()).setBounded(OffsetsInitializer.latest())
        .setValueOnlyDeserializer(new Decode()).build();
    env.fromSource(source, WatermarkStrategy.<Tuple3<String, String, Long>>forMonotonousTimestamps().withTimestampAssigner((event, before) -> event.f2), "events")
        .filter(event -> event.f1.equals("view"))
        .keyBy(event -> event.f0, Types.STRING)
        .window(TumblingEventTimeWindows.of(java.time.Duration.ofSeconds(10)))
        .aggregate(new Count())
        .sinkTo(new DiscardingSink<>());
    env.execute();
    System.out.println("done " + SEEN.get());
    System.out.flush();
    if (SEEN.get() != count) System.err.println("counted " + SEEN.get() + " of " + count);
  }
}
